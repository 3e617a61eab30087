//! What no webhook told, and what was cut off.

use stripe_emulator::{ApiSwitches, WebhookSwitches};

use crate::shop::{Shop, TOTAL, post};

#[tokio::test]
async fn lost_webhooks_are_asked_for() {
    let shop = Shop::open().await;
    shop.disturb_webhooks(WebhookSwitches {
        lose_fraction: 1.0,
        ..WebhookSwitches::default()
    });
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
    assert_eq!(post(&format!("{bank}/complete")).await, 200);
    shop.until_status(&customer, &payment, "SUCCEEDED").await;

    let debit = shop.customer().await;
    let payment = shop.created(&debit).await;
    shop.confirm(
        &debit.viewer,
        &payment,
        "pm_usBankAccount_insufficientFunds",
        shop.app.clock.id(),
    )
    .await;
    let seen = shop.until_status(&debit, &payment, "CREATED").await;
    assert_eq!(seen["attempts"][0]["outcome"], "FAILED");
    assert_eq!(
        shop.announced().await,
        [
            "payment.created.v1",
            "payment.succeeded.v1",
            "payment.created.v1",
            "payment.processing.v1",
            "payment.failed.v1"
        ]
    );
}

#[tokio::test]
async fn an_attempt_that_stripe_cannot_carry_out_is_given_up() {
    let shop = Shop::deaf().await;
    let customer = shop.customer().await;
    let payment = shop.created(&customer).await;
    let only = format!(
        "POST /v1/payment_intents/{}/confirm",
        shop.intent().await["id"].as_str().unwrap()
    );
    shop.disturb_api(ApiSwitches {
        fail_before: 1_000,
        only,
        ..ApiSwitches::default()
    });
    let key = shop.app.clock.id();
    assert_eq!(
        shop.confirm(&customer.viewer, &payment, "pm_card_visa", key)
            .await
            .code(),
        "UNAVAILABLE"
    );
    testkit::until("the end of the attempt", async || {
        shop.run_job("payments.reconcile").await;
        let seen = shop.look(&customer, &payment).await;
        (seen["attempts"][0]["outcome"] == "FAILED").then_some(())
    })
    .await;
    shop.disturb_api(ApiSwitches::default());
    let answer = shop
        .confirm(&customer.viewer, &payment, "pm_card_visa", key)
        .await;
    assert_eq!(
        answer.at("/confirmPayment/userErrors/0/code"),
        "processing_error"
    );
    let answer = shop
        .confirm(
            &customer.viewer,
            &payment,
            "pm_card_visa",
            shop.app.clock.id(),
        )
        .await;
    assert_eq!(answer.at("/confirmPayment/payment/status"), "SUCCEEDED");
    shop.app.ignore_events().await;
}

#[tokio::test]
async fn a_creation_that_was_cut_off_is_finished_and_then_cancelled_with_its_order() {
    let shop = Shop::deaf().await;
    let customer = shop.customer().await;
    shop.disturb_api(ApiSwitches {
        cut_after: 1_000,
        ..ApiSwitches::default()
    });
    assert_eq!(
        shop.create(&customer, shop.app.clock.id()).await.code(),
        "UNAVAILABLE"
    );
    shop.expire(&customer).await;
    shop.disturb_api(ApiSwitches::default());
    testkit::until("the cancellation", async || {
        shop.run_job("payments.reconcile").await;
        (shop.intent().await["status"] == "canceled").then_some(())
    })
    .await;
    assert_eq!(
        shop.announced().await,
        ["payment.created.v1", "payment.cancelled.v1"]
    );
}

#[tokio::test]
async fn a_refund_made_at_stripe_itself_is_told_by_its_webhook() {
    let shop = Shop::open().await;
    let customer = shop.customer().await;
    let payment = shop.paid(&customer).await;
    let intent = shop.intent().await["id"].as_str().unwrap().to_owned();
    shop.post_to_stripe("/refunds", &format!("payment_intent={intent}&amount=999"))
        .await;
    testkit::until("the refund", async || {
        let seen = shop.look(&customer, &payment).await;
        (seen["refunded"]["units"] == 999).then_some(())
    })
    .await;
    shop.cancel(&customer).await;
    testkit::until("the rest", async || {
        shop.run_job("payments.reconcile").await;
        let seen = shop.look(&customer, &payment).await;
        (seen["refunded"]["units"] == TOTAL).then_some(())
    })
    .await;
    let seen = shop.look(&customer, &payment).await;
    assert_eq!(seen["refunds"][0]["reason"], "AT_PROVIDER");
    assert_eq!(seen["refunds"][1]["amount"]["units"], TOTAL - 999);
    assert_eq!(shop.announced().await.len(), 4);
}

#[tokio::test]
async fn what_stripe_could_not_deliver_is_found_in_its_list() {
    let shop = Shop::deaf().await;
    let customer = shop.customer().await;
    let payment = shop.created(&customer).await;
    let intent = shop.intent().await["id"].as_str().unwrap().to_owned();
    shop.post_to_stripe(
        &format!("/payment_intents/{intent}/confirm"),
        "payment_method=pm_card_visa&return_url=http://shop.test/",
    )
    .await;
    shop.run_job("payments.catch_up").await;
    assert_eq!(shop.look(&customer, &payment).await["status"], "SUCCEEDED");
    shop.post_to_stripe("/refunds", &format!("payment_intent={intent}"))
        .await;
    shop.run_job("payments.catch_up").await;
    let seen = shop.look(&customer, &payment).await;
    assert_eq!(seen["refunded"]["units"], TOTAL);
    let before = shop.app.database.stats().transactions;
    shop.run_job("payments.catch_up").await;
    // On PostgreSQL the job is leased, which is one.
    let leased = u64::from(shop.app.database.backend() == sea_orm::DbBackend::Postgres);
    assert_eq!(shop.app.database.stats().transactions, before + leased);
    shop.run_job("payments.forget").await;
    assert_eq!(
        shop.announced().await,
        [
            "payment.created.v1",
            "payment.succeeded.v1",
            "payment.refunded.v1"
        ]
    );
}
