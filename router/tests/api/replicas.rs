//! Several replicas of a subgraph: balanced, retried where that is safe, left out while they are gone.

use std::time::{Duration, Instant};

use fault::Code;
use router::RouterConfig;
use serde_json::{Value, json};

use crate::{
    replica::{Mood, Replica, named},
    shop::{Shop, code, code_of},
};

const QUERY: &str = r#"{ product(id: "1") { name } }"#;
const MUTATION: &str = r#"mutation { rename(id: "1", name: "one") { name } }"#;

fn quick(config: &mut RouterConfig) {
    config.upstream.probe_ms = 50;
    config.upstream.connect_ms = 500;
    // Its own tests have it.
    config.breaker.enabled = false;
}

async fn pair(edit: impl FnOnce(&mut RouterConfig)) -> ([Replica; 2], Shop) {
    let (both, reviews) = (
        [Replica::of("catalog"), Replica::of("catalog")],
        Replica::of("reviews"),
    );
    let shop = Shop::apart(named(&[&both[0], &both[1]], &[&reviews]), |config| {
        quick(config);
        edit(config);
    })
    .await;
    (both, shop)
}

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !holds().await {
        assert!(Instant::now() < deadline, "{what}");
        // Polled until it is so.
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// How many replicas of catalog can be called, as /health/ready says.
async fn says(shop: &Shop, expected: &str) {
    until(expected, async || {
        let response = shop.http.get(shop.url("/health/ready")).send();
        let report: Value = response.await.unwrap().json().await.unwrap();
        let checks = report["checks"].as_array().unwrap();
        let catalog = checks
            .iter()
            .find(|check| check["name"] == "catalog replicas")
            .unwrap();
        catalog["says"] == expected
    })
    .await;
}

fn fine(answer: &Value) {
    assert_eq!(answer["errors"], Value::Null, "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_spread() {
    let (both, shop) = pair(|_| {}).await;
    for _ in 0..40 {
        fine(&shop.ask(QUERY).await);
    }
    let (first, second) = (both[0].calls(), both[1].calls());
    assert_eq!(first + second, 40);
    assert!(first.abs_diff(second) <= 4, "{first} and {second}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_is_killed_is_not_noticed_by_readers_and_comes_back() {
    let (both, shop) = pair(|_| {}).await;
    says(&shop, "2 of 2 replicas are ready").await;
    let readers = futures::future::join_all((0..8).map(|_| async {
        for n in 0..100 {
            if n == 20 {
                both[0].kill();
            }
            fine(&shop.ask(QUERY).await);
        }
    }));
    readers.await;
    says(&shop, "1 of 2 replicas are ready").await;
    // No connection was made, so nothing was begun: what changes something goes to the other one as well.
    for _ in 0..10 {
        fine(&shop.ask(MUTATION).await);
    }
    let back = both[0].again("catalog");
    says(&shop, "2 of 2 replicas are ready").await;
    until("it is called again", async || {
        fine(&shop.ask(QUERY).await);
        back.calls() > 0
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_have_been_done_is_not_done_again() {
    let (both, shop) = pair(|config| config.upstream.probe_ms = 60_000).await;
    for (mood, mutation) in [
        (Mood::GoesAway, None),
        (Mood::Breaks, Some(Code::Unavailable)),
        (Mood::Fails, Some(Code::Unavailable)),
    ] {
        for replica in &both {
            replica.becomes(mood);
        }
        let before = both[0].calls() + both[1].calls();
        let answer = shop.ask(MUTATION).await;
        let begun = both[0].calls() + both[1].calls() - before;
        match mutation {
            // Both said that they did not begin.
            None => assert_eq!((begun, code(&answer)), (2, Code::Unavailable), "{mood:?}"),
            Some(expected) => assert_eq!((begun, code(&answer)), (1, expected), "{mood:?}"),
        }
        // Readers are served as soon as one of them serves.
        both[1].becomes(Mood::Serves);
        for _ in 0..10 {
            fine(&shop.ask(QUERY).await);
        }
    }
    both[0].becomes(Mood::GoesAway);
    for _ in 0..10 {
        fine(&shop.ask(MUTATION).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_breaker_leaves_all_replicas_in_peace_and_tries_again_by_itself() {
    let (both, shop) = pair(|config| {
        config.breaker.enabled = true;
        config.breaker.volume = 5;
        config.breaker.reset_ms = 1_000;
        config.upstream.probe_ms = 60_000;
    })
    .await;
    let all_become = |mood| both.iter().for_each(|replica| replica.becomes(mood));
    all_become(Mood::Fails);
    until("the breaker opens", async || {
        let before = both[0].calls() + both[1].calls();
        let answer = shop.ask(QUERY).await;
        assert_eq!(code(&answer), Code::Unavailable, "{answer}");
        both[0].calls() + both[1].calls() == before
    })
    .await;
    let answer = shop.ask(MUTATION).await;
    let wait = &answer["errors"][0]["extensions"]["retryAfterMs"];
    assert!(wait.as_u64().is_some_and(|wait| wait <= 1_000), "{answer}");
    all_become(Mood::Serves);
    until("it is tried again", async || {
        shop.ask(QUERY).await["errors"].is_null()
    })
    .await;
    for _ in 0..20 {
        fine(&shop.ask(MUTATION).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_is_not_ready_is_left_in_peace() {
    let (both, shop) = pair(|_| {}).await;
    both[0].is_ready(false);
    says(&shop, "1 of 2 replicas are ready").await;
    let before = both[0].calls();
    for _ in 0..20 {
        fine(&shop.ask(MUTATION).await);
    }
    assert_eq!(both[0].calls(), before);
    both[1].is_ready(false);
    says(&shop, "0 of 2 replicas are ready").await;
    let response = shop
        .http
        .get(shop.url("/health/ready"))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200, "reviews are there");
    let report: Value = response.json().await.unwrap();
    assert_eq!(
        (&report["ready"], &report["degraded"]),
        (&json!(true), &json!(true))
    );
    fine(&shop.ask(QUERY).await);
    both[0].is_ready(true);
    says(&shop, "1 of 2 replicas are ready").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_at_once_are_bounded_and_what_is_beyond_hears_when_to_come_again() {
    let (both, shop) = pair(|config| {
        config.upstream.max_in_flight = 2;
        config.timeouts.subgraph_ms = 2_000;
    })
    .await;
    let waiting = futures::future::join_all((0..2).map(|_| shop.ask("{ slow }")));
    let refused = async {
        until("both wait", async || both[0].calls() + both[1].calls() == 2).await;
        shop.ask(QUERY).await
    };
    let (late, refused) = futures::future::join(waiting, refused).await;
    for answer in late {
        assert_eq!(code(&answer), Code::Timeout);
    }
    assert_eq!(code(&refused), Code::Unavailable);
    assert_eq!(refused["errors"][0]["extensions"]["retryAfterMs"], 1_000);
    fine(&shop.ask(QUERY).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_deadline_travels() {
    let (both, shop) = pair(|config| {
        config.timeouts.subgraph_ms = 4_000;
        config.timeouts.request_ms = 3_000;
    })
    .await;
    fine(&shop.ask(QUERY).await);
    let left = both[0].deadline().or(both[1].deadline()).unwrap();
    assert!((1_000..=3_000).contains(&left), "{left}");
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_of_a_killed_replica_end_with_a_code_and_the_next_ones_find_another() {
    let (catalog, both) = (
        Replica::of("catalog"),
        [Replica::of("reviews"), Replica::of("reviews")],
    );
    let shop = Shop::apart(named(&[&catalog], &[&both[0], &both[1]]), quick).await;
    let mut sockets = Vec::new();
    for number in 1..=4 {
        let mut socket = shop
            .socket(json!({ "authorization": shop.token(&[]) }))
            .await;
        // Events are joined with the product, over the other subgraph.
        let joined = "subscription { reviewed(count: 1) { number product { name } } }";
        socket.subscribe("0", joined).await;
        let (payloads, end) = socket.finish("0").await;
        assert_eq!(end, None);
        assert_eq!(
            payloads[0]["data"]["reviewed"]["product"]["name"],
            "product 1"
        );
        socket
            .subscribe("1", "subscription { reviewed { number } }")
            .await;
        sockets.push(socket);
        assert_eq!(both[0].calls() + both[1].calls(), number);
    }
    assert_eq!(
        (both[0].calls(), both[1].calls()),
        (2, 2),
        "streams are spread"
    );
    let quiet = tokio::spawn({
        let request = shop
            .post("subscription { reviewed { number } }")
            .header("accept", "text/event-stream")
            .header("authorization", shop.token(&[]));
        async move { request.send().await.unwrap().text().await.unwrap() }
    });
    until("it has begun", async || {
        both[0].calls() + both[1].calls() == 5
    })
    .await;
    both[0].kill();
    both[1].kill();
    for socket in &mut sockets {
        let (_, end) = socket.finish("1").await;
        assert_eq!(code_of(&end.unwrap()[0]), Code::Unavailable);
    }
    // Killed before the stream was opened to its client, it is refused as a whole.
    let said = quiet.await.unwrap();
    let last = crate::shop::events(&said).pop();
    let last = last.unwrap_or_else(|| serde_json::from_str(&said).unwrap());
    assert_eq!(code(&last), Code::Unavailable);
    let back = both[0].again("reviews");
    for socket in &mut sockets {
        socket
            .subscribe("2", "subscription { reviewed(count: 2) { number } }")
            .await;
        let (payloads, end) = socket.finish("2").await;
        assert_eq!((payloads.len(), end), (2, None));
    }
    assert!(back.calls() > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn routes_of_a_subgraph_reach_one_of_its_replicas() {
    let (both, shop) = pair(|_| {}).await;
    both[0].kill();
    let body: Vec<u8> = (0..=255).collect();
    for _ in 0..4 {
        let request = shop
            .http
            .post(shop.url("/catalog/echo"))
            .header("x-signature", "t=1")
            .header(serving::CLIENT_ADDRESS, "9.9.9.9")
            .body(body.clone());
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 202);
        assert_eq!(response.headers()["x-signature"], "t=1");
        assert_eq!(response.headers()[serving::CLIENT_ADDRESS], "127.0.0.1");
        assert_eq!(response.bytes().await.unwrap(), body);
    }
    both[1].kill();
    until("it is gone", async || {
        let response = shop
            .http
            .post(shop.url("/catalog/echo"))
            .send()
            .await
            .unwrap();
        response.status() == 503
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_name_no_replica_are_refused() {
    let catalog = Replica::of("catalog");
    for (reviews, said) in [
        (None, "`router.subgraphs.reviews` is not set"),
        (Some(vec![]), "`router.subgraphs.reviews` is empty"),
        (
            Some(vec!["reviews:80".to_owned()]),
            "write it as http://host:port",
        ),
    ] {
        let mut replicas = named(&[&catalog], &[]);
        replicas.remove("reviews");
        replicas.extend(reviews.map(|urls| ("reviews".to_owned(), urls)));
        let error = Shop::refused(replicas).await;
        assert!(error.contains(said), "{error}");
    }
}
