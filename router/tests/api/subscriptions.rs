//! Subscriptions, over WebSockets and event streams.

use fault::Code;
use futures::StreamExt as _;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::shop::{BOTH, Shop, code_of};

const REVIEWED: &str = "subscription { reviewed(count: 3) { number product { id name } } }";

fn three_reviews() -> Vec<Value> {
    (1..=3)
        .map(|number| {
            json!({ "data": { "reviewed": {
                "number": number,
                "product": { "id": "1", "name": "product 1" },
            } } })
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn events_arrive_over_a_websocket_with_their_entities() {
    for way in BOTH {
        let shop = Shop::open(way).await;
        let mut socket = shop.socket(json!({})).await;
        socket.subscribe("a", REVIEWED).await;
        socket
            .subscribe("b", "{ product(id: \"7\") { name } }")
            .await;
        assert_eq!(socket.finish("a").await, (three_reviews(), None), "{way:?}");
        let (payloads, end) = socket.finish("b").await;
        assert_eq!(
            (payloads, end),
            (
                vec![json!({ "data": { "product": { "name": "product 7" } } })],
                None
            )
        );
        // An id is free again once its operation is over.
        socket.subscribe("a", REVIEWED).await;
        assert_eq!(socket.finish("a").await.0.len(), 3);
        shop.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn events_arrive_over_an_event_stream() {
    for way in BOTH {
        let shop = Shop::open(way).await;
        assert_eq!(
            shop.listen(REVIEWED, None).await,
            three_reviews(),
            "{way:?}"
        );
        let answer = shop.ask(REVIEWED).await;
        assert_eq!(crate::shop::code(&answer), Code::InvalidInput, "{answer}");
        shop.still_serves().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_reaches_the_subgraph_from_connection_init_or_header() {
    for way in BOTH {
        let shop = Shop::open(way).await;
        let token = shop.token(&[]);
        for payload in [
            json!({ "authorization": token }),
            json!({ "Authorization": token }),
            json!({ "headers": { "Authorization": token } }),
        ] {
            let mut socket = shop.socket(payload).await;
            socket.subscribe("1", "subscription { token }").await;
            let (payloads, end) = socket.finish("1").await;
            assert_eq!(
                payloads,
                [json!({ "data": { "token": token } })],
                "{way:?} {end:?}"
            );
        }
        let events = shop.listen("subscription { token }", Some(&token)).await;
        assert_eq!(events, [json!({ "data": { "token": token } })], "{way:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_ends_when_the_client_completes_it_or_leaves() {
    for way in BOTH {
        let shop = Shop::open(way).await;
        let open = async || {
            let text = shop
                .http
                .get(shop.url("/metrics"))
                .send()
                .await
                .unwrap()
                .text()
                .await
                .unwrap();
            text.lines()
                .filter_map(|line| {
                    line.strip_prefix("router_subscriptions{transport=\"websocket\"} ")
                })
                .map(|count| count.parse::<i64>().unwrap())
                .sum::<i64>()
        };
        let reaches = async |wanted: i64| {
            let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
            while open().await != wanted {
                assert!(
                    std::time::Instant::now() < deadline,
                    "{way:?}: not {wanted}"
                );
                tokio::task::yield_now().await;
            }
        };
        let mut socket = shop.socket(json!({})).await;
        socket
            .subscribe("1", "subscription { reviewed { number } }")
            .await;
        socket
            .subscribe("2", "subscription { reviewed { number } }")
            .await;
        reaches(2).await;
        socket.say(json!({ "id": "1", "type": "complete" })).await;
        reaches(1).await;
        drop(socket);
        reaches(0).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stalled_client_is_told_and_others_are_not_harmed() {
    for way in BOTH {
        let shop = Shop::with(way, |config| config.subscriptions.queue = 16).await;
        let mut stalled = shop.socket(json!({})).await;
        stalled
            .subscribe("1", "subscription { torrent { number text } }")
            .await;
        let lagging = shop
            .post("subscription { torrent { number text } }")
            .header("accept", "text/event-stream")
            .send()
            .await
            .unwrap();
        // Both take nothing until another client has seen that the torrent left them behind.
        let deadline = std::time::Instant::now() + std::time::Duration::from_mins(1);
        loop {
            let text = shop
                .http
                .get(shop.url("/metrics"))
                .send()
                .await
                .unwrap()
                .text()
                .await
                .unwrap();
            let told = r#"router_subscriptions_ended_total{reason="SLOW_CONSUMER"} 2"#;
            if text.contains(told) {
                break;
            }
            assert!(std::time::Instant::now() < deadline, "{way:?}: never told");
            shop.still_serves().await;
        }
        let (payloads, end) = stalled.finish("1").await;
        assert_eq!(code_of(&end.unwrap()[0]), Code::SlowConsumer);
        contiguous(&payloads);
        let text = lagging.text().await.unwrap();
        let mut events = crate::shop::events(&text);
        assert_eq!(
            crate::shop::code(&events.pop().unwrap()),
            Code::SlowConsumer
        );
        contiguous(&events);
        shop.still_serves().await;
    }
}

/// No event is missing before the end.
fn contiguous(payloads: &[Value]) {
    for (at, payload) in payloads.iter().enumerate() {
        assert_eq!(payload["data"]["torrent"]["number"], at + 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_end_with_a_code_when_the_router_stops() {
    for way in BOTH {
        let shop = Shop::open(way).await;
        let mut socket = shop.socket(json!({})).await;
        socket
            .subscribe("1", "subscription { reviewed { number } }")
            .await;
        let stream = shop
            .post("subscription { reviewed { number } }")
            .header("accept", "text/event-stream")
            .send()
            .await
            .unwrap();
        shop.shutdown.cancel();
        let (_, end) = socket.finish("1").await;
        assert_eq!(code_of(&end.unwrap()[0]), Code::GoingAway);
        assert_eq!(u16::from(socket.closed().await.code), 1001);
        let mut chunks = stream.bytes_stream();
        let mut text = String::new();
        while let Some(Ok(chunk)) = chunks.next().await {
            text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
        assert_eq!(
            crate::shop::code(&crate::shop::events(&text)[0]),
            Code::GoingAway
        );
        shop.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_protocol_is_kept() {
    let shop = Shop::with(BOTH[0], |config| {
        config.timeouts.handshake_ms = 300;
        config.subscriptions.max_operations = 2;
    })
    .await;
    let mut socket = shop.raw_socket().await;
    assert_eq!(
        u16::from(socket.closed().await.code),
        4408,
        "nobody initialised"
    );
    let mut socket = shop.raw_socket().await;
    socket.subscribe("1", REVIEWED).await;
    assert_eq!(u16::from(socket.closed().await.code), 4401);
    let mut socket = shop.socket(json!({})).await;
    socket.say(json!({ "type": "connection_init" })).await;
    assert_eq!(u16::from(socket.closed().await.code), 4429);
    let mut socket = shop.socket(json!({})).await;
    socket.say(json!({ "type": "start" })).await;
    assert_eq!(u16::from(socket.closed().await.code), 4400);
    let mut socket = shop.socket(json!({})).await;
    socket
        .subscribe("1", "subscription { reviewed { number } }")
        .await;
    socket
        .subscribe("1", "subscription { reviewed { number } }")
        .await;
    assert_eq!(u16::from(socket.closed().await.code), 4409);
    let mut socket = shop.socket(json!({})).await;
    socket.say(json!({ "type": "ping" })).await;
    assert_eq!(socket.hear().await, json!({ "type": "pong" }));
    for id in ["1", "2", "3"] {
        socket
            .subscribe(id, "subscription { reviewed { number } }")
            .await;
    }
    let (_, refused) = socket.finish("3").await;
    assert_eq!(code_of(&refused.unwrap()[0]), Code::RateLimited);
    let url = format!("ws://{}/graphql", shop.address);
    let (mut stream, response) = tokio_tungstenite::connect_async(url).await.unwrap();
    assert_eq!(response.headers().get("sec-websocket-protocol"), None);
    let Message::Close(Some(frame)) = stream.next().await.unwrap().unwrap() else {
        panic!("not closed");
    };
    assert_eq!(u16::from(frame.code), 4406, "no subprotocol was offered");
    shop.still_serves().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_arrives_whole() {
    for way in BOTH {
        let shop = Shop::open(way).await;
        let query = "subscription { reviewed(count: 2000) { number } }";
        let numbers = |payloads: &[Value]| -> Vec<u64> {
            let number = |payload: &Value| payload["data"]["reviewed"]["number"].as_u64().unwrap();
            payloads.iter().map(number).collect()
        };
        let whole: Vec<u64> = (1..=2_000).collect();
        let mut socket = shop.socket(json!({})).await;
        socket.subscribe("1", query).await;
        let (payloads, end) = socket.finish("1").await;
        assert_eq!((numbers(&payloads), end), (whole.clone(), None), "{way:?}");
        assert_eq!(numbers(&shop.listen(query, None).await), whole, "{way:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_streams_show_signs_of_life_and_want_some() {
    let shop = Shop::with(BOTH[0], |config| config.subscriptions.heartbeat_ms = 100).await;
    let stream = shop
        .post("subscription { reviewed { number } }")
        .header("accept", "text/event-stream")
        .send()
        .await
        .unwrap();
    let mut chunks = stream.bytes_stream();
    assert_eq!(chunks.next().await.unwrap().unwrap().as_ref(), b":\n\n");
    let mut lively = shop.socket(json!({})).await;
    for _ in 0..5 {
        assert!(
            matches!(lively.frame().await, Message::Ping(_)),
            "it answers by itself"
        );
    }
    // Nothing reads here, so nothing answers the pings.
    let mute = shop.socket(json!({})).await;
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    loop {
        assert!(matches!(lively.frame().await, Message::Ping(_)));
        let text = shop
            .http
            .get(shop.url("/metrics"))
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap();
        if text.contains("router_clients{transport=\"websocket\"} 1") {
            break;
        }
        assert!(std::time::Instant::now() < deadline, "it was never let go");
    }
    drop(mute);
}
