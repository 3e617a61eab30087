//! Abandoned and late: orders expire, stock comes back, and money is kept or refunded, once (I3).

use system_tests::{Shopper, Stage, available, key, search};

const HASTY: [(&str, &str); 2] = [
    ("EMPORIUM__ORDERS__DEADLINE_MS", "3000"),
    ("EMPORIUM__ORDERS__SWEEP_MS", "500"),
];

system_tests::both!(an_abandoned_order_expires_and_its_stock_comes_back, HASTY);

async fn an_abandoned_order_expires_and_its_stock_comes_back(shop: Stage) {
    let client = shop.client();
    let found = search(&client, "lamp", 3).await;
    let shopper = Shopper::register(&client).await;
    let order = shopper.order(&found.variant, 3).await;
    shopper.wait_for(&order, "EXPIRED").await;
    shop.drain().await;
    assert_eq!(available(&client, &found.variant).await, found.available);
    shop.holds().await;
    shop.close().await;
}

system_tests::both!(money_at_the_deadline_is_kept_or_refunded_once, HASTY);

async fn money_at_the_deadline_is_kept_or_refunded_once(shop: Stage) {
    let client = shop.client();
    let found = search(&client, "lamp", 40).await;
    let clock = clock::Clock::system();
    let buyers = (0..20).map(|_| async {
        let shopper = Shopper::register(&client).await;
        let order = shopper.order(&found.variant, 1).await;
        shopper.wait_for(&order, "AWAITING_PAYMENT").await;
        let payment = shopper.create_payment(&order).await;
        // The attack is the moment: somewhere around the deadline and the sweep after it.
        tokio::time::sleep(std::time::Duration::from_millis(4_800).mul_f64(clock.fraction())).await;
        shopper.confirm(&payment, "pm_card_visa", &key()).await;
        testkit::until("an end", async || {
            let shown = shopper.show(&order).await;
            let status = shown.text("/order/status");
            (status == "PAID" || status == "EXPIRED").then_some(())
        })
        .await;
    });
    futures::future::join_all(buyers).await;
    shop.holds().await;
    shop.close().await;
}

system_tests::both!(a_paid_order_that_is_cancelled_is_refunded_and_its_stock_comes_back);

async fn a_paid_order_that_is_cancelled_is_refunded_and_its_stock_comes_back(shop: Stage) {
    let client = shop.client();
    let found = search(&client, "lamp", 2).await;
    let shopper = Shopper::register(&client).await;
    let order = shopper.order(&found.variant, 2).await;
    let paid = shopper.pay(&order).await;
    let total = paid.at("/order/totals/total/units").clone();
    let cancelled = shopper
        .client
        .graphql(
            "mutation($order: ID!, $key: String!) { cancelOrder(input: { orderId: $order, idempotencyKey: $key }) {
                order { status } userErrors { message } } }",
            serde_json::json!({ "order": order, "key": key() }),
        )
        .await;
    assert_eq!(cancelled.at("/cancelOrder/order/status"), "CANCELLED");
    testkit::until("the refund", async || {
        (shopper.show(&order).await.at("/order/refunded/units") == &total).then_some(())
    })
    .await;
    shop.drain().await;
    assert_eq!(available(&client, &found.variant).await, found.available);
    shop.holds().await;
    shop.close().await;
}
