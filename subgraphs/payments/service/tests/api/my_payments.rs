//! `myPayments`.

use identity::Viewer;
use serde_json::json;

use crate::shop::{Customer, Shop};

const LIST: &str = "query($first: Int, $after: String, $last: Int, $before: String) {
    myPayments(first: $first, after: $after, last: $last, before: $before) { totalCount
        nodes { id status order { id } attempts { number } refunds { id } events { kind } }
        edges { cursor node { id } }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }";

#[tokio::test]
async fn pages_through_ones_own_payments_newest_first() {
    let shop = Shop::deaf().await;
    let customer = shop.customer().await;
    shop.customer().await;
    for _ in 0..4 {
        let order_id = shop.app.clock.id();
        shop.await_payment(&Customer {
            order_id,
            viewer: customer.viewer.clone(),
            ..customer
        })
        .await;
    }
    let mut seen = Vec::new();
    let mut after = json!(null);
    loop {
        let answer = shop
            .send(
                LIST,
                json!({ "first": 2, "after": after }),
                &customer.viewer,
            )
            .await;
        let list = answer.at("/myPayments");
        assert_eq!(list["totalCount"], 5);
        seen.extend(
            list["nodes"]
                .as_array()
                .unwrap()
                .iter()
                .map(|node| node["id"].clone()),
        );
        after = list["pageInfo"]["endCursor"].clone();
        if list["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    assert_eq!(seen.len(), 5);
    let answer = shop
        .send(
            LIST,
            json!({ "last": 2, "before": after }),
            &customer.viewer,
        )
        .await;
    let ids: Vec<_> = answer
        .at("/myPayments/nodes")
        .as_array()
        .unwrap()
        .iter()
        .map(|node| node["id"].clone())
        .collect();
    assert_eq!(ids, seen[2..4]);
}

#[tokio::test]
async fn a_long_list_takes_as_many_statements_as_a_short_one() {
    let shop = Shop::deaf().await;
    let customer = shop.customer().await;
    let cost = async || {
        let before = shop.app.database.stats().statements;
        let answer = shop
            .send(LIST, json!({ "first": 50 }), &customer.viewer)
            .await;
        (
            answer.at("/myPayments/nodes").as_array().unwrap().len(),
            shop.app.database.stats().statements - before,
        )
    };
    let (one, of_one) = cost().await;
    for _ in 0..20 {
        let order_id = shop.app.clock.id();
        shop.await_payment(&Customer {
            order_id,
            viewer: customer.viewer.clone(),
            ..customer
        })
        .await;
    }
    let (many, of_many) = cost().await;
    assert_eq!((one, many), (1, 21));
    assert_eq!(of_one, of_many);
    assert!(of_many <= 4, "{of_many} statements");
}

#[tokio::test]
async fn is_refused_without_a_user_and_with_impossible_pages() {
    let shop = Shop::deaf().await;
    assert_eq!(
        shop.send(LIST, json!({}), &Viewer::Anonymous).await.code(),
        "UNAUTHENTICATED"
    );
    let viewer = testkit::customer(shop.app.clock.id());
    for page in [
        json!({ "first": 0 }),
        json!({ "first": 101 }),
        json!({ "first": 2, "last": 2 }),
        json!({ "after": "?" }),
    ] {
        assert_eq!(shop.send(LIST, page, &viewer).await.code(), "INVALID_INPUT");
    }
}
