//! `order.expired.v1`.

use serde_json::json;
use stripe_emulator::ApiSwitches;

use crate::shop::{Shop, TOTAL, post};

#[tokio::test]
async fn the_intent_of_an_abandoned_order_is_cancelled() {
    let shop = Shop::open().await;
    let customer = shop.customer().await;
    let payment = shop.created(&customer).await;
    for _ in 0..2 {
        shop.expire(&customer).await;
    }
    shop.until_status(&customer, &payment, "CANCELLED").await;
    assert_eq!(shop.intent().await["status"], "canceled");
    assert_eq!(
        shop.announced().await,
        ["payment.created.v1", "payment.cancelled.v1"]
    );
}

#[tokio::test]
async fn a_payment_that_was_never_asked_for_ends_without_stripe() {
    let shop = Shop::open().await;
    let customer = shop.customer().await;
    shop.disturb_api(ApiSwitches {
        fail_before: 1_000,
        ..ApiSwitches::default()
    });
    shop.expire(&customer).await;
    shop.run_job("payments.reconcile").await;
    assert_eq!(shop.announced().await, ["payment.cancelled.v1"]);
    assert_eq!(shop.stripe.switches().api.fail_before, 1_000);
}

#[tokio::test]
async fn money_that_comes_after_the_end_goes_back_once() {
    let shop = Shop::open().await;
    let customer = shop.customer().await;
    let payment = shop.created(&customer).await;
    let answer = shop
        .confirm(
            &customer.viewer,
            &payment,
            "pm_card_threeDSecure2Required",
            shop.app.clock.id(),
        )
        .await;
    let bank = answer.text("/confirmPayment/payment/nextAction/url");
    // The customer comes through at their bank before the cancellation does.
    shop.disturb_api(ApiSwitches {
        fail_before: 1_000,
        only: "POST /v1/payment_intents".to_owned(),
        ..ApiSwitches::default()
    });
    shop.expire(&customer).await;
    shop.run_job("payments.reconcile").await;
    assert_eq!(post(&format!("{bank}/complete")).await, 200);
    shop.disturb_api(ApiSwitches::default());
    shop.until_status(&customer, &payment, "SUCCEEDED").await;
    testkit::until("the refund", async || {
        shop.run_job("payments.reconcile").await;
        let seen = shop.look(&customer, &payment).await;
        (seen["refunded"]["units"] == TOTAL).then_some(())
    })
    .await;
    shop.expire(&customer).await;
    shop.run_job("payments.reconcile").await;
    let refunds = shop.stripe("/refunds").await;
    assert_eq!(refunds["data"].as_array().unwrap().len(), 1);
    assert_eq!(refunds["data"][0]["amount"], TOTAL);
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
async fn an_attempt_that_runs_when_the_order_ends_is_kept_or_given_back() {
    // With and without the attempt having reached Stripe.
    for api in [
        ApiSwitches {
            fail_before: 1_000,
            ..ApiSwitches::default()
        },
        ApiSwitches {
            cut_after: 1_000,
            ..ApiSwitches::default()
        },
    ] {
        let shop = Shop::deaf().await;
        let customer = shop.customer().await;
        let payment = shop.created(&customer).await;
        let reached = api.cut_after > 0;
        shop.disturb_api(api);
        let answer = shop
            .confirm(
                &customer.viewer,
                &payment,
                "pm_card_visa",
                shop.app.clock.id(),
            )
            .await;
        assert_eq!(answer.code(), "UNAVAILABLE");
        shop.disturb_api(ApiSwitches::default());
        shop.expire(&customer).await;
        if reached {
            shop.until_status(&customer, &payment, "SUCCEEDED").await;
            testkit::until("the refund", async || {
                shop.run_job("payments.reconcile").await;
                let seen = shop.look(&customer, &payment).await;
                (seen["refunded"]["units"] == TOTAL).then_some(())
            })
            .await;
        } else {
            let seen = shop.until_status(&customer, &payment, "CANCELLED").await;
            assert_eq!(seen["attempts"][0]["outcome"], "CANCELLED");
            assert_eq!(shop.stripe("/charges").await["data"], json!([]));
        }
        shop.app.ignore_events().await;
    }
}
