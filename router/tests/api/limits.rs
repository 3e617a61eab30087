//! What is too much for one request: a typed error, quickly, and the next client is served.

use std::fmt::Write as _;

use fault::Code;
use futures::{SinkExt as _, future::join_all};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::shop::{BOTH, Shop, code, code_of};

/// Sends a query over HTTP and over a WebSocket; both must be refused with that code.
async fn refused(shop: &Shop, query: &str, expected: Code) {
    let began = std::time::Instant::now();
    let response = shop.post(query).send().await.unwrap();
    assert!(response.status().is_client_error(), "{}", response.status());
    let answer: Value = response.json().await.unwrap();
    for error in answer["errors"].as_array().unwrap() {
        assert_eq!(code_of(error), expected, "{error}");
    }
    let mut socket = shop.socket(json!({})).await;
    if query.len() < 60_000 {
        socket.subscribe("1", query).await;
        let (payloads, end) = socket.finish("1").await;
        assert_eq!((payloads.len(), code_of(&end.unwrap()[0])), (0, expected));
    }
    assert!(began.elapsed().as_secs() < 5, "refused slowly");
    shop.still_serves().await;
}

/// Which of several limits is met first does not matter.
async fn refused_somehow(shop: &Shop, query: &str) {
    let answer = shop.ask(query).await;
    for error in answer["errors"].as_array().unwrap() {
        assert!(
            matches!(code_of(error), Code::TooComplex | Code::InvalidInput),
            "{error}"
        );
    }
    shop.still_serves().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_far_beyond_the_limit_gets_its_refusal_and_no_reset() {
    let shop = Shop::open(BOTH[0]).await;
    for path in ["/graphql", "/webhooks/echo"] {
        let request = shop
            .http
            .post(shop.url(path))
            .header("content-type", "application/json")
            .body(vec![b'x'; 40_000_000]);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 413, "{path}");
        let answer: Value = response.json().await.unwrap();
        assert_eq!(code(&answer), Code::TooLarge);
    }
    shop.still_serves().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deep_wide_long_and_costly_operations() {
    for way in BOTH {
        let shop = Shop::open(way).await;
        let deep = format!(
            "{{ product(id: \"1\") {} }}",
            "{ parts ".repeat(40) + "{ id }" + &"}".repeat(40)
        );
        refused(&shop, &deep, Code::TooComplex).await;
        let abyss =
            "{ product(id: \"1\") ".to_owned() + &"{ parts ".repeat(1_900) + &"}".repeat(1_901);
        refused_somehow(&shop, &abyss).await;
        let types = format!(
            "query($a: {}Int{}) {{ newestReview {{ number }} }}",
            "[".repeat(1_900),
            "]".repeat(1_900)
        );
        refused_somehow(&shop, &types).await;
        let values = format!(
            "{{ product(id: {}1{}) {{ id }} }}",
            "[".repeat(1_900),
            "]".repeat(1_900)
        );
        refused_somehow(&shop, &values).await;
        let aliases = (0..3_000).fold(String::from("{"), |mut query, n| {
            write!(query, " a{n}: product(id: \"1\") {{ id }}").unwrap();
            query
        });
        refused(&shop, &(aliases + "}"), Code::TooComplex).await;
        let few_aliases = (0..100).fold(String::from("{"), |mut query, n| {
            write!(query, " a{n}: product(id: \"1\") {{ id }}").unwrap();
            query
        });
        refused(&shop, &(few_aliases + "}"), Code::TooComplex).await;
        let tokens = format!("{{ product(id: \"1\") {{ {} }} }}", "id ".repeat(20_000));
        refused(&shop, &tokens, Code::TooComplex).await;
        let directives = format!(
            "{{ product(id: \"1\") {{ {} }} }}",
            "id @include(if: true) ".repeat(200)
        );
        refused(&shop, &directives, Code::TooComplex).await;
        // Written out these are millions of selections, which once took all memory.
        let spread = |level: usize| format!(" ...f{}", level + 1).repeat(20);
        let laughs = (0..5).fold(String::from("{ ...f0 }"), |mut query, level| {
            write!(query, " fragment f{level} on Query {{{} }}", spread(level)).unwrap();
            query
        });
        let laughs = laughs + " fragment f5 on Query { __typename }";
        refused(&shop, &laughs, Code::TooComplex).await;
        let introspection = (0..6).fold(String::from("name"), |inner, _| {
            format!("name fields {{ type {{ ofType {{ {inner} }} fields {{ name }} }} }}")
        });
        let introspection = format!("{{ __schema {{ types {{ {introspection} }} }} }}");
        refused(&shop, &introspection, Code::TooComplex).await;
        let costly = "{ products(first: 100) { parts { parts { parts { parts { id } } } } } }";
        refused(&shop, costly, Code::TooComplex).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_operations() {
    let shop = Shop::open(BOTH[0]).await;
    for query in [
        "",
        "{",
        "{ nothing }",
        "{ product(id: \"1\") }",
        "{ product }",
        "query Q($id: ID!) { product(id: $id) { id } }",
        "{ ...F } fragment F on Query { ...F }",
        "\u{0}",
    ] {
        refused(&shop, query, Code::InvalidInput).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_and_oversized_bodies() {
    for way in BOTH {
        let shop = Shop::open(way).await;
        let send = async |body: Vec<u8>| {
            let request = shop
                .http
                .post(shop.url("/graphql"))
                .header("content-type", "application/json");
            let response = request.body(body).send().await.unwrap();
            let status = response.status().as_u16();
            let answer: Value = response.json().await.unwrap();
            shop.still_serves().await;
            (status, code(&answer))
        };
        let batch = format!(
            "[{}]",
            vec![r#"{"query":"{ newestReview { number } }"}"#; 10_000].join(",")
        );
        assert_eq!(send(batch.into_bytes()).await, (400, Code::InvalidInput));
        let long = json!({ "query": format!("{{ product(id: \"{}\") {{ id }} }}", "x".repeat(2_000_000)) });
        assert_eq!(
            send(long.to_string().into_bytes()).await,
            (413, Code::TooLarge)
        );
        let invalid = b"{\"query\":\"{ product(id: \\\"\xff\xfe\\\") { id } }\"}".to_vec();
        assert_eq!(send(invalid).await, (400, Code::InvalidInput));
        for body in [
            "",
            "{",
            "null",
            "7",
            "[]",
            "{\"query\": 7}",
            "{\"variables\": {}}",
        ] {
            assert_eq!(
                send(body.as_bytes().to_vec()).await,
                (400, Code::InvalidInput),
                "{body}"
            );
        }
        let chunks =
            futures::stream::iter((0..200).map(|_| Ok::<_, std::io::Error>(vec![b' '; 10_000])));
        let request = shop
            .http
            .post(shop.url("/graphql"))
            .header("content-type", "application/json")
            .body(reqwest::Body::wrap_stream(chunks));
        // The router may answer and close before all of it is sent.
        if let Ok(response) = request.send().await {
            assert_eq!(response.status().as_u16(), 413);
        }
        shop.still_serves().await;
        let request = shop
            .post("{ newestReview { number } }")
            .header("x-long", "x".repeat(40_000));
        if let Ok(response) = request.send().await {
            assert!(response.status().is_client_error(), "{}", response.status());
        }
        shop.still_serves().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_and_oversized_websocket_messages() {
    let shop = Shop::open(BOTH[0]).await;
    let mut socket = shop.socket(json!({})).await;
    socket
        .stream
        .send(Message::binary(vec![1, 2, 3]))
        .await
        .unwrap();
    assert_eq!(u16::from(socket.closed().await.code), 1007);
    let mut socket = shop.socket(json!({})).await;
    let long =
        json!({ "id": "1", "type": "subscribe", "payload": { "query": "x".repeat(200_000) } });
    // The connection may be gone before all of it is sent.
    let _ = socket.stream.send(Message::text(long.to_string())).await;
    let mut socket = shop.socket(json!({})).await;
    socket
        .stream
        .send(Message::text("{".repeat(10_000)))
        .await
        .unwrap();
    assert_eq!(u16::from(socket.closed().await.code), 4400);
    shop.still_serves().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_attackers_at_once_leave_room_for_others() {
    let shop = Shop::open(BOTH[0]).await;
    let deep = "{ product(id: \"1\") ".to_owned() + &"{ parts ".repeat(500);
    join_all((0..50).map(|_| async {
        let response = shop.post(&deep).send().await.unwrap();
        assert_eq!(response.status().as_u16(), 400);
    }))
    .await;
    shop.still_serves().await;
}
