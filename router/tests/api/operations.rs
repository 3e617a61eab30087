//! Queries and mutations.

use fault::Code;
use serde_json::json;

use crate::{
    shop::{BOTH, Shop, Way, code, code_of},
    subgraphs::Subgraphs,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_query_joins_entities_of_two_subgraphs() {
    for way in BOTH {
        let shop = Shop::open(way).await;
        let answer = shop
            .ask("{ products(first: 2) { id name reviews { text product { name } } } newestReview { product { name } } }")
            .await;
        let product = |id: u8| {
            json!({
                "id": id.to_string(),
                "name": format!("product {id}"),
                "reviews": [{ "text": "review 1", "product": { "name": format!("product {id}") } }],
            })
        };
        assert_eq!(
            answer,
            json!({ "data": {
                "products": [product(0), product(1)],
                "newestReview": { "product": { "name": "product 1" } },
            } })
        );
        shop.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn mutations_variables_and_operation_names() {
    for way in BOTH {
        let shop = Shop::open(way).await;
        let body = json!({
            "query": "query Other { product(id: \"9\") { id } } mutation Rename($id: ID!, $name: String!) { rename(id: $id, name: $name) { id name reviews { number } } }",
            "operationName": "Rename",
            "variables": { "id": "3", "name": "a \"better\" näme" },
        });
        let request = shop.http.post(shop.url("/graphql")).json(&body);
        let answer: serde_json::Value = request.send().await.unwrap().json().await.unwrap();
        assert_eq!(
            answer,
            json!({ "data": { "rename": { "id": "3", "name": "a \"better\" näme", "reviews": [{ "number": 1 }] } } })
        );
        let metrics = shop.http.get(shop.url("/metrics")).send().await.unwrap();
        let metrics = metrics.text().await.unwrap();
        assert!(
            metrics.contains(
                r#"router_operation_seconds_count{kind="mutation",name="Rename",outcome="ok"} 1"#
            ),
            "{metrics}"
        );
        assert!(metrics.contains("router_http_requests_total"), "{metrics}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trace_goes_on_to_the_subgraph_and_into_errors() {
    let given = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    for way in BOTH {
        let shop = Shop::open(way).await;
        let request = shop.post("{ traceparent }").header("traceparent", given);
        let answer: serde_json::Value = request.send().await.unwrap().json().await.unwrap();
        let seen = answer["data"]["traceparent"].as_str().unwrap();
        assert!(
            seen.starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-"),
            "{way:?}: {seen}"
        );
        let fresh = shop.ask("{ traceparent }").await;
        assert_eq!(
            fresh["data"]["traceparent"].as_str().unwrap().len(),
            55,
            "{way:?}: {fresh}"
        );
        let request = shop.post("{ fails }").header("traceparent", given);
        let answer: serde_json::Value = request.send().await.unwrap().json().await.unwrap();
        assert_eq!(
            answer["errors"][0]["extensions"]["traceId"],
            "4bf92f3577b34da6a3ce929d0e0e4736"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_of_subgraphs_keep_their_code_and_hide_what_has_none() {
    for way in BOTH {
        let shop = Shop::open(way).await;
        let answer = shop
            .ask("{ fails(code: \"CONFLICT\") product(id: \"1\") { id } }")
            .await;
        assert_eq!(code(&answer), Code::Conflict);
        assert_eq!(answer["errors"][0]["message"], "the cellar is flooded");
        assert_eq!(answer["errors"][0]["path"], json!(["fails"]));
        assert_eq!(
            answer["data"]["product"]["id"], "1",
            "{way:?}: the rest is there"
        );
        for query in ["{ fails }", "{ fails(code: \"MADE_UP\") }"] {
            let answer = shop.ask(query).await;
            assert_eq!(code(&answer), Code::Internal);
            assert!(!answer.to_string().contains("cellar"), "{way:?}: {answer}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_takes_too_long_is_given_up() {
    for way in BOTH {
        let shop = Shop::with(way, |config| config.timeouts.subgraph_ms = 200).await;
        let answer = shop.ask("{ slow product(id: \"1\") { id } }").await;
        assert_eq!(code(&answer), Code::Timeout, "{way:?}: {answer}");
        shop.still_serves().await;
        let shop = Shop::with(way, |config| config.timeouts.request_ms = 200).await;
        let response = shop.post("{ slow }").send().await.unwrap();
        let answer: serde_json::Value = response.json().await.unwrap();
        assert_eq!(code(&answer), Code::Timeout, "{way:?}: {answer}");
        shop.still_serves().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_schema_can_be_read_unless_that_is_switched_off() {
    let query = "{ __schema { queryType { name } types { name } } }";
    let shop = Shop::open(BOTH[0]).await;
    let answer = shop.ask(query).await;
    assert_eq!(answer["data"]["__schema"]["queryType"]["name"], "Query");
    assert!(!answer.to_string().contains("join__"), "{answer}");
    let shop = Shop::with(BOTH[0], |config| config.introspection = false).await;
    assert_eq!(code(&shop.ask(query).await), Code::Forbidden);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subgraph_that_is_away_takes_nothing_else_with_it() {
    let mut urls = Subgraphs::new().serve().await;
    // Nobody listens on port 1.
    urls.insert(
        "reviews".to_owned(),
        "http://127.0.0.1:1/graphql".to_owned(),
    );
    let shop = Shop::over(Way::Http, urls, |config| config.breaker.volume = 5).await;
    // Long enough for the breaker to open: it changes how fast the answer comes, not the answer.
    for _ in 0..20 {
        let answer = shop
            .ask("{ product(id: \"1\") { name } newestReview { number } }")
            .await;
        assert_eq!(code(&answer), Code::Unavailable);
        assert!(!answer.to_string().contains("127.0.0.1"), "{answer}");
        let answer = shop.ask("{ product(id: \"1\") { name } }").await;
        assert_eq!(answer["data"]["product"]["name"], "product 1");
    }
    let mut socket = shop.socket(json!({})).await;
    socket
        .subscribe("1", "subscription { reviewed(count: 1) { number } }")
        .await;
    let (payloads, end) = socket.finish("1").await;
    let error = end.map_or_else(
        || payloads[0]["errors"][0].clone(),
        |errors| errors[0].clone(),
    );
    assert_eq!(code_of(&error), Code::Unavailable);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_in_a_subgraph_is_an_internal_error() {
    let shop = Shop::open(Way::InProcess).await;
    let answer = shop.ask("{ panics newestReview { number } }").await;
    assert_eq!(code(&answer), Code::Internal);
    assert_eq!(answer["data"]["newestReview"]["number"], 1);
    assert!(!answer.to_string().contains("broken"), "{answer}");
    shop.still_serves().await;
}
