//! `order.awaiting_payment.v1`.

use serde_json::json;

use crate::shop::{Shop, TOTAL};

#[tokio::test]
async fn the_payment_begins_once_and_asks_stripe_for_nothing() {
    let shop = Shop::open().await;
    let customer = shop.customer().await;
    shop.await_payment(&customer).await;
    let list = "{ myPayments { totalCount nodes { status amount { units decimal currency } } } }";
    let answer = shop.send(list, json!({}), &customer.viewer).await;
    assert_eq!(answer.at("/myPayments/totalCount"), 1);
    assert_eq!(answer.at("/myPayments/nodes/0/status"), "REQUESTED");
    let amount = json!({ "units": TOTAL, "decimal": "49.99", "currency": "USD" });
    assert_eq!(answer.at("/myPayments/nodes/0/amount"), &amount);
    shop.run_job("payments.reconcile").await;
    assert_eq!(shop.stripe("/payment_intents").await["data"], json!([]));
}
