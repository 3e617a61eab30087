//! The same idempotency key again and at once: one effect, one outcome (I7).

use futures::future::join_all;
use serde_json::json;
use system_tests::{Shopper, Stage, available, key, search};

system_tests::both!(fifty_orders_under_one_key_are_one_order);

async fn fifty_orders_under_one_key_are_one_order(shop: Stage) {
    let client = shop.client();
    let found = search(&client, "lamp", 60).await;
    let shopper = Shopper::register(&client).await;
    shopper.add(&found.variant, 1).await;
    let cart = shopper.set_address().await;
    let key = &key();
    let answers = join_all((0..50).map(|_| shopper.place(&cart, key))).await;
    let first = answers[0].text("/placeOrder/order/id");
    let mut fresh = 0;
    for answer in &answers {
        assert_eq!(answer.text("/placeOrder/order/id"), first);
        assert_eq!(answer.at("/placeOrder/userErrors"), &json!([]));
        fresh += usize::from(answer.at("/placeOrder/replayed") == false);
    }
    assert_eq!(
        fresh, 1,
        "one call does the work, the others are told its outcome"
    );
    shopper.wait_for(&first, "AWAITING_PAYMENT").await;
    assert_eq!(
        available(&client, &found.variant).await,
        found.available - 1
    );

    let payment = shopper.create_payment(&first).await;
    let pay_key = &system_tests::key();
    let confirmed =
        join_all((0..20).map(|_| shopper.confirm(&payment, "pm_card_visa", pay_key))).await;
    for answer in &confirmed {
        assert_eq!(
            answer.at("/confirmPayment/payment/id"),
            &payment.as_str(),
            "{answer:?}"
        );
    }
    shopper.wait_for(&first, "PAID").await;
    let other = shopper
        .confirm(&payment, "pm_card_mastercard", pay_key)
        .await;
    assert_eq!(
        other.at("/confirmPayment/userErrors/0/__typename"),
        "IdempotencyConflict"
    );
    shop.holds().await;
    shop.close().await;
}
