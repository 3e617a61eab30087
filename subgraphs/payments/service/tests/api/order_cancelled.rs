//! `order.cancelled.v1`.

use serde_json::json;

use crate::shop::{Shop, TOTAL};

#[tokio::test]
async fn the_money_of_a_cancelled_order_goes_back_in_full_once() {
    let shop = Shop::open().await;
    let customer = shop.customer().await;
    let payment = shop.paid(&customer).await;
    shop.pay_order(&customer, &payment).await;
    for _ in 0..3 {
        shop.cancel(&customer).await;
    }
    // An outdated word of orders changes nothing any more.
    shop.pay_order(&customer, &payment).await;
    for _ in 0..3 {
        shop.run_job("payments.reconcile").await;
    }
    let seen = shop.look(&customer, &payment).await;
    assert_eq!(seen["refunded"]["units"], TOTAL);
    assert_eq!(seen["refunds"][0]["reason"], "ORDER_ENDED");
    assert_eq!(seen["refunds"][1], json!(null));
    assert_eq!(
        shop.stripe("/refunds").await["data"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let answer = shop
        .refund(&testkit::staff(), &payment, shop.app.clock.id())
        .await;
    assert_eq!(
        answer.at("/refundPayment/userErrors/0/reason"),
        "ALREADY_REFUNDED"
    );
    assert_eq!(
        shop.announced().await,
        [
            "payment.created.v1",
            "payment.succeeded.v1",
            "payment.refunded.v1"
        ]
    );
}

#[tokio::test]
async fn an_order_without_a_payment_is_nothing_to_payments() {
    let shop = Shop::deaf().await;
    let id = shop.app.clock.id();
    let customer = crate::shop::Customer {
        id,
        viewer: testkit::customer(id),
        order_id: shop.app.clock.id(),
    };
    shop.cancel(&customer).await;
    shop.expire(&customer).await;
}
