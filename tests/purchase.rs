//! A first purchase, end to end through the router, with the subgraphs reached both ways.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use serde_json::Value;
use system_tests::{Shopper, Stage, available, key, search};

system_tests::both!(a_first_purchase);

async fn a_first_purchase(shop: Stage) {
    let client = shop.other_door();
    let shopper = Shopper::register(&client).await;
    let found = search(&client, "jacket", 2).await;
    shopper.add(&found.variant, 2).await;
    let cart = shopper.set_address().await;
    let placed = shopper.place(&cart, &key()).await;
    let order = placed.text("/placeOrder/order/id");
    assert_eq!(placed.at("/placeOrder/order/status"), "PENDING");

    let mut events = shopper.watch(&order, None).await;
    let mut seen = Vec::new();
    while seen.last().map(String::as_str) != Some("AWAITING_PAYMENT") {
        seen.push(events.next().await.unwrap().text("/orderEvents/status"));
    }
    let payment = shopper.create_payment(&order).await;
    let confirmed = shopper.confirm(&payment, "pm_card_visa", &key()).await;
    assert_eq!(confirmed.at("/confirmPayment/payment/status"), "SUCCEEDED");
    while seen.last().map(String::as_str) != Some("PAID") {
        seen.push(events.next().await.unwrap().text("/orderEvents/status"));
    }
    assert!(
        seen == ["PENDING", "AWAITING_PAYMENT", "PAID"] || seen == ["AWAITING_PAYMENT", "PAID"],
        "{seen:?}"
    );

    let history = shopper
        .client
        .graphql(
            "{ myOrders(first: 5) { nodes { id status lines { quantity variant { id sku } } } } }",
            Value::Null,
        )
        .await;
    assert_eq!(history.at("/myOrders/nodes/0/id"), &order.as_str());
    assert_eq!(history.at("/myOrders/nodes/0/status"), "PAID");
    assert_eq!(
        history.at("/myOrders/nodes/0/lines/0/variant/id"),
        &found.variant.as_str()
    );
    shop.drain().await;
    assert_eq!(
        available(&client, &found.variant).await,
        found.available - 2
    );
    shop.holds().await;
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_purchase_with_subgraphs_over_http() {
    a_first_purchase(Stage::together(&[("EMPORIUM__SHOP__REACH", "http")]).await).await;
}
