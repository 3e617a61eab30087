use identity::Viewer;
use serde_json::{Value, json};

use crate::shop::{Shop, shopper};

const PAGE: &str = "query($first: Int, $after: String, $last: Int, $before: String, $filter: OrderFilter) { \
    myOrders(first: $first, after: $after, last: $last, before: $before, filter: $filter) { totalCount \
    nodes { id number status lines { name quantity } events { version status } } edges { cursor node { id } } \
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }";

fn ids(page: &testkit::Answer) -> Vec<String> {
    let nodes = page.at("/myOrders/nodes").as_array().unwrap();
    nodes
        .iter()
        .map(|node| node["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn pages_run_both_ways_newest_first() {
    let shop = Shop::open().await;
    let viewer = shopper();
    for _ in 0..5 {
        shop.ordered(&viewer).await;
    }
    shop.ordered(&shopper()).await;
    shop.app.ignore_events().await;
    let page = async |variables: Value| shop.send(&viewer, PAGE, variables).await;
    let all = page(json!({})).await;
    assert_eq!(all.at("/myOrders/totalCount"), 5);
    let newest_first = ids(&all);
    let first = page(json!({ "first": 2 })).await;
    assert_eq!(ids(&first), newest_first[..2]);
    assert_eq!(first.at("/myOrders/pageInfo/hasNextPage"), true);
    let second =
        page(json!({ "first": 2, "after": first.text("/myOrders/pageInfo/endCursor") })).await;
    assert_eq!(ids(&second), newest_first[2..4]);
    let back =
        page(json!({ "last": 2, "before": second.text("/myOrders/pageInfo/startCursor") })).await;
    assert_eq!(ids(&back), newest_first[..2]);
    assert_eq!(back.at("/myOrders/pageInfo/hasPreviousPage"), false);
    for wrong in [
        json!({ "first": 101 }),
        json!({ "first": -1 }),
        json!({ "after": "?" }),
        json!({ "first": 1, "last": 1 }),
    ] {
        assert_eq!(page(wrong).await.code(), "INVALID_INPUT");
    }
}

#[tokio::test]
async fn a_page_costs_the_same_statements_however_long_it_is() {
    let shop = Shop::open().await;
    let viewer = shopper();
    for _ in 0..12 {
        shop.ordered(&viewer).await;
    }
    shop.app.ignore_events().await;
    let cost = async |first: i32| {
        let before = shop.app.database.stats().statements;
        let document = "query($first: Int) { myOrders(first: $first) { nodes { id lines { name } events { version } } } }";
        assert_eq!(
            shop.send(&viewer, document, json!({ "first": first }))
                .await
                .errors()
                .len(),
            0
        );
        shop.app.database.stats().statements - before
    };
    assert_eq!((cost(1).await, cost(12).await), (3, 3));
}

#[tokio::test]
async fn filters_by_status_and_time_and_asks_for_a_log_in() {
    let shop = Shop::open().await;
    let viewer = shopper();
    let waiting = shop.ordered(&viewer).await;
    shop.ordered(&viewer).await;
    shop.reserved(waiting).await;
    shop.app.ignore_events().await;
    let filtered = async |filter: Value| {
        ids(&shop.send(&viewer, PAGE, json!({ "filter": filter })).await).len()
    };
    assert_eq!(filtered(json!({ "status": ["AWAITING_PAYMENT"] })).await, 1);
    assert_eq!(
        filtered(json!({ "status": ["AWAITING_PAYMENT", "PENDING"] })).await,
        2
    );
    assert_eq!(filtered(json!({ "status": [] })).await, 0);
    assert_eq!(
        filtered(json!({ "placedFrom": "2020-01-01T00:00:00Z" })).await,
        2
    );
    assert_eq!(
        filtered(json!({ "placedBefore": "2020-01-01T00:00:00Z" })).await,
        0
    );
    assert_eq!(
        shop.send(&Viewer::Anonymous, PAGE, json!({})).await.code(),
        "UNAUTHENTICATED"
    );
}
