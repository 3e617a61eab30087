//! Many requests: budgets of addresses and users, connections, forwarded addresses.

use fault::Code;
use identity::Scope;
use serde_json::{Value, json};

use crate::shop::{BOTH, Shop, code, code_of};

const QUERY: &str = "{ newestReview { number } }";

fn tight(config: &mut router::RouterConfig) {
    config.rates.enabled = true;
    config.rates.address_burst = 4;
    config.rates.address_per_second = 1;
    config.rates.user_burst = 2;
    config.rates.user_per_second = 1;
    config.proxies.trusted = vec!["127.0.0.0/8".parse().unwrap()];
}

async fn from(shop: &Shop, address: &str, authorization: Option<&str>) -> reqwest::Response {
    let mut request = shop.post(QUERY).header("x-forwarded-for", address);
    if let Some(authorization) = authorization {
        request = request.header("authorization", authorization);
    }
    request.send().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_runs_out_and_others_do_not() {
    for way in BOTH {
        let shop = Shop::with(way, tight).await;
        for _ in 0..4 {
            assert_eq!(from(&shop, "1.2.3.4", None).await.status(), 200);
        }
        let refused = from(&shop, "1.2.3.4", None).await;
        assert_eq!(refused.status(), 429);
        assert_eq!(refused.headers()["retry-after"], "1");
        let answer: Value = refused.json().await.unwrap();
        assert_eq!(code(&answer), Code::RateLimited);
        let wait = answer["errors"][0]["extensions"]["retryAfterMs"]
            .as_u64()
            .unwrap();
        assert!((1..=1_000).contains(&wait), "{wait}");
        assert_eq!(from(&shop, "1.2.3.5", None).await.status(), 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_runs_out_on_whatever_address() {
    let shop = Shop::with(BOTH[0], tight).await;
    let token = shop.token(&[Scope::CatalogWrite]);
    for last in 1..=2 {
        assert_eq!(
            from(&shop, &format!("1.1.1.{last}"), Some(&token))
                .await
                .status(),
            200
        );
    }
    assert_eq!(from(&shop, "1.1.1.3", Some(&token)).await.status(), 429);
    assert_eq!(
        from(&shop, "1.1.1.3", Some(&shop.token(&[])))
            .await
            .status(),
        200
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn operations_over_a_websocket_are_counted_too() {
    let shop = Shop::with(BOTH[0], tight).await;
    // The connection is one, the operations on it are the others.
    let mut socket = shop.socket(json!({})).await;
    for id in ["1", "2", "3"] {
        socket.subscribe(id, QUERY).await;
        assert_eq!(socket.finish(id).await.1, None);
    }
    socket
        .subscribe("4", "subscription { reviewed(count: 1) { number } }")
        .await;
    let (payloads, end) = socket.finish("4").await;
    assert_eq!(payloads.len(), 0);
    let error = &end.unwrap()[0];
    assert_eq!(code_of(error), Code::RateLimited);
    assert!(error["extensions"]["retryAfterMs"].as_u64().unwrap() > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_operations_cost_as_well() {
    let shop = Shop::with(BOTH[0], tight).await;
    for _ in 0..4 {
        assert_eq!(code(&shop.ask("{ nothing }").await), Code::InvalidInput);
    }
    assert_eq!(code(&shop.ask("{ nothing }").await), Code::RateLimited);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forwarded_address_is_believed_from_proxies_alone() {
    for way in BOTH {
        let ask = async |shop: &Shop, forwarded: &str| -> Value {
            let request = shop
                .post("{ address }")
                .header("x-forwarded-for", forwarded);
            let answer: Value = request.send().await.unwrap().json().await.unwrap();
            answer["data"]["address"].clone()
        };
        let open = Shop::open(way).await;
        assert_eq!(ask(&open, "1.2.3.4").await, "127.0.0.1", "{way:?}");
        let behind = Shop::with(way, |config| {
            config.proxies.trusted = vec!["127.0.0.1".parse().unwrap()];
        })
        .await;
        assert_eq!(ask(&behind, "1.2.3.4").await, "1.2.3.4", "{way:?}");
        assert_eq!(ask(&behind, "6.6.6.6, 1.2.3.4").await, "1.2.3.4", "{way:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_of_one_address_are_bounded() {
    let shop = Shop::with(BOTH[0], |config| {
        config.subscriptions.max_clients_per_address = 2;
    })
    .await;
    let first = shop.socket(json!({})).await;
    let stream = shop
        .post("subscription { reviewed { number } }")
        .header("accept", "text/event-stream")
        .send()
        .await
        .unwrap();
    assert_eq!(stream.status(), 200);
    let another = shop
        .post("subscription { reviewed { number } }")
        .header("accept", "text/event-stream")
        .send()
        .await
        .unwrap();
    assert_eq!(another.status(), 429);
    let url = format!("ws://{}/graphql", shop.address);
    let refused = tokio_tungstenite::connect_async(&url).await.unwrap_err();
    assert!(refused.to_string().contains("429"), "{refused}");
    drop(first);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while tokio_tungstenite::connect_async(&url).await.is_err() {
        assert!(
            std::time::Instant::now() < deadline,
            "the place is never free again"
        );
        tokio::task::yield_now().await;
    }
    shop.still_serves().await;
}
