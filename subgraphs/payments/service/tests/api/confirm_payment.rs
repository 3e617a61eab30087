//! `confirmPayment`.

use futures::future::join_all;
use identity::Viewer;
use serde_json::json;
use stripe_emulator::ApiSwitches;
use testkit::until;

use crate::shop::{Shop, post, refusals};

const PAID: [&str; 2] = ["payment.created.v1", "payment.succeeded.v1"];

#[tokio::test]
async fn a_good_card_pays() {
    let shop = Shop::open().await;
    let customer = shop.customer().await;
    let payment = shop.created(&customer).await;
    let answer = shop
        .confirm(
            &customer.viewer,
            &payment,
            "pm_card_visa",
            shop.app.clock.id(),
        )
        .await;
    assert_eq!(answer.at("/confirmPayment/payment/status"), "SUCCEEDED");
    assert_eq!(answer.at("/confirmPayment/userErrors"), &json!([]));
    assert_eq!(
        answer.at("/confirmPayment/payment/attempts/0/outcome"),
        "SUCCEEDED"
    );
    assert_eq!(shop.intent().await["status"], "succeeded");
    let events = shop.app.events().await;
    assert_eq!(
        events
            .iter()
            .map(|event| event.kind.as_str())
            .collect::<Vec<_>>(),
        PAID
    );
    assert_eq!(
        events
            .iter()
            .map(|event| event.sequence)
            .collect::<Vec<_>>(),
        [1, 2]
    );
}

#[tokio::test]
async fn a_declined_card_leaves_the_payment_open_for_the_next_one() {
    let shop = Shop::open().await;
    let customer = shop.customer().await;
    let payment = shop.created(&customer).await;
    let key = shop.app.clock.id();
    for replayed in [false, true] {
        let answer = shop
            .confirm(
                &customer.viewer,
                &payment,
                "pm_card_chargeDeclinedInsufficientFunds",
                key,
            )
            .await;
        assert_eq!(refusals(&answer, "confirmPayment"), ["PaymentDeclined"]);
        assert_eq!(
            answer.at("/confirmPayment/userErrors/0/code"),
            "card_declined"
        );
        assert_eq!(
            answer.at("/confirmPayment/userErrors/0/declineCode"),
            "insufficient_funds"
        );
        assert_eq!(answer.at("/confirmPayment/payment/status"), "CREATED");
        assert_eq!(answer.at("/confirmPayment/replayed"), replayed);
    }
    let answer = shop
        .confirm(
            &customer.viewer,
            &payment,
            "pm_card_chargeDeclined",
            shop.app.clock.id(),
        )
        .await;
    assert_eq!(refusals(&answer, "confirmPayment"), ["PaymentDeclined"]);
    let answer = shop
        .confirm(
            &customer.viewer,
            &payment,
            "pm_card_visa",
            shop.app.clock.id(),
        )
        .await;
    let outcomes: Vec<_> = answer
        .at("/confirmPayment/payment/attempts")
        .as_array()
        .unwrap()
        .iter()
        .map(|attempt| attempt["outcome"].clone())
        .collect();
    assert_eq!(outcomes, ["FAILED", "FAILED", "SUCCEEDED"]);
    assert_eq!(
        shop.announced().await,
        [
            "payment.created.v1",
            "payment.failed.v1",
            "payment.failed.v1",
            "payment.succeeded.v1"
        ]
    );
}

#[tokio::test]
async fn twenty_calls_with_one_key_are_one_attempt() {
    let shop = Shop::open().await;
    let customer = shop.customer().await;
    let payment = shop.created(&customer).await;
    let key = shop.app.clock.id();
    let calls = (0..20).map(|_| shop.confirm(&customer.viewer, &payment, "pm_card_visa", key));
    for answer in join_all(calls).await {
        assert_eq!(answer.at("/confirmPayment/payment/status"), "SUCCEEDED");
        assert_eq!(answer.at("/confirmPayment/userErrors"), &json!([]));
    }
    let conflict = shop
        .confirm(&customer.viewer, &payment, "pm_card_amex", key)
        .await;
    assert_eq!(
        refusals(&conflict, "confirmPayment"),
        ["IdempotencyConflict"]
    );
    assert_eq!(shop.announced().await, PAID);
}

#[tokio::test]
async fn three_d_secure_sends_the_customer_to_their_bank() {
    let shop = Shop::open().await;
    let customer = shop.customer().await;
    let payment = shop.created(&customer).await;
    let confirm = || {
        shop.confirm(
            &customer.viewer,
            &payment,
            "pm_card_threeDSecure2Required",
            shop.app.clock.id(),
        )
    };
    let answer = confirm().await;
    assert_eq!(
        answer.at("/confirmPayment/payment/status"),
        "REQUIRES_ACTION"
    );
    let bank = answer.text("/confirmPayment/payment/nextAction/url");
    assert_eq!(post(&format!("{bank}/fail")).await, 200);
    let seen = shop.until_status(&customer, &payment, "CREATED").await;
    assert_eq!(
        seen["attempts"][0]["code"],
        "payment_intent_authentication_failure"
    );

    let bank = confirm()
        .await
        .text("/confirmPayment/payment/nextAction/url");
    assert_eq!(post(&format!("{bank}/complete")).await, 200);
    let seen = shop.until_status(&customer, &payment, "SUCCEEDED").await;
    assert_eq!(seen["attempts"][1]["outcome"], "SUCCEEDED");
    assert_eq!(seen["nextAction"], json!(null));
    assert_eq!(
        shop.announced().await,
        [
            "payment.created.v1",
            "payment.failed.v1",
            "payment.succeeded.v1"
        ]
    );
}

#[tokio::test]
async fn a_bank_debit_is_processing_until_it_settles() {
    let shop = Shop::open().await;
    let customer = shop.customer().await;
    let payment = shop.created(&customer).await;
    let answer = shop
        .confirm(
            &customer.viewer,
            &payment,
            "pm_usBankAccount_success",
            shop.app.clock.id(),
        )
        .await;
    assert_eq!(answer.at("/confirmPayment/payment/status"), "PROCESSING");
    until("the settlement", async || {
        let seen = shop.look(&customer, &payment).await;
        (seen["status"] == "SUCCEEDED").then_some(())
    })
    .await;
    assert_eq!(
        shop.announced().await,
        [
            "payment.created.v1",
            "payment.processing.v1",
            "payment.succeeded.v1"
        ]
    );
}

#[tokio::test]
async fn an_unknown_payment_method_is_an_input_error() {
    let shop = Shop::open().await;
    let customer = shop.customer().await;
    let payment = shop.created(&customer).await;
    for method in [
        "pm_of_nobody",
        "",
        "4242 4242 4242 4242",
        "☃",
        &"p".repeat(256),
    ] {
        let answer = shop
            .confirm(&customer.viewer, &payment, method, shop.app.clock.id())
            .await;
        assert_eq!(
            refusals(&answer, "confirmPayment"),
            ["InvalidInput"],
            "{method}"
        );
        assert_eq!(
            answer.at("/confirmPayment/userErrors/0/path"),
            &json!(["paymentMethod"])
        );
    }
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
async fn what_cannot_be_paid_says_why() {
    let shop = Shop::open().await;
    let early = shop.customer().await;
    let list = "{ myPayments { nodes { id status } } }";
    let payment = shop
        .send(list, json!({}), &early.viewer)
        .await
        .text("/myPayments/nodes/0/id");
    let reason = async |customer: &crate::shop::Customer, payment: &str| {
        let answer = shop
            .confirm(
                &customer.viewer,
                payment,
                "pm_card_visa",
                shop.app.clock.id(),
            )
            .await;
        assert_eq!(refusals(&answer, "confirmPayment"), ["PaymentNotPossible"]);
        answer.text("/confirmPayment/userErrors/0/reason")
    };
    assert_eq!(reason(&early, &payment).await, "NOT_CREATED");
    let paid = shop.customer().await;
    let payment = shop.paid(&paid).await;
    assert_eq!(reason(&paid, &payment).await, "ALREADY_PAID");
    let ended = shop.customer().await;
    let payment = shop.created(&ended).await;
    shop.expire(&ended).await;
    assert_eq!(reason(&ended, &payment).await, "ENDED");
    shop.until_status(&ended, &payment, "CANCELLED").await;
    shop.app.ignore_events().await;
}

#[tokio::test]
async fn whose_payment_is_not_theirs_finds_nothing() {
    let shop = Shop::open().await;
    let customer = shop.customer().await;
    let payment = shop.created(&customer).await;
    for stranger in [
        testkit::customer(shop.app.clock.id()),
        testkit::staff(),
        testkit::admin(),
    ] {
        let answer = shop
            .confirm(&stranger, &payment, "pm_card_visa", shop.app.clock.id())
            .await;
        assert_eq!(answer.code(), "NOT_FOUND");
    }
    let answer = shop
        .confirm(
            &Viewer::Anonymous,
            &payment,
            "pm_card_visa",
            shop.app.clock.id(),
        )
        .await;
    assert_eq!(answer.code(), "UNAUTHENTICATED");
    assert_eq!(shop.intent().await["status"], "requires_payment_method");
    shop.app.ignore_events().await;
}

#[tokio::test]
async fn an_attempt_whose_answer_was_lost_is_finished_under_the_same_key() {
    for api in [
        ApiSwitches {
            fail_after: 1,
            ..ApiSwitches::default()
        },
        ApiSwitches {
            cut_after: 2,
            ..ApiSwitches::default()
        },
        ApiSwitches {
            fail_before: 1,
            ..ApiSwitches::default()
        },
    ] {
        let shop = Shop::deaf().await;
        let customer = shop.customer().await;
        let payment = shop.created(&customer).await;
        shop.disturb_api(ApiSwitches {
            only: "POST /v1/payment_intents".to_owned(),
            ..api
        });
        let answer = shop
            .confirm(
                &customer.viewer,
                &payment,
                "pm_card_visa",
                shop.app.clock.id(),
            )
            .await;
        assert_eq!(answer.at("/confirmPayment/payment/status"), "SUCCEEDED");
        assert_eq!(
            shop.stripe("/charges").await["data"]
                .as_array()
                .unwrap()
                .len(),
            1
        );
        assert_eq!(shop.announced().await, PAID);
    }
}

#[tokio::test]
async fn stripe_that_stays_down_is_unavailable_and_the_reconciler_goes_on() {
    let shop = Shop::deaf().await;
    let customer = shop.customer().await;
    let payment = shop.created(&customer).await;
    shop.disturb_api(ApiSwitches {
        fail_before: 3,
        ..ApiSwitches::default()
    });
    let key = shop.app.clock.id();
    let answer = shop
        .confirm(&customer.viewer, &payment, "pm_card_visa", key)
        .await;
    assert_eq!(answer.code(), "UNAVAILABLE");
    shop.until_status(&customer, &payment, "SUCCEEDED").await;
    let answer = shop
        .confirm(&customer.viewer, &payment, "pm_card_visa", key)
        .await;
    assert_eq!(answer.at("/confirmPayment/userErrors"), &json!([]));
    assert_eq!(answer.at("/confirmPayment/replayed"), true);
    assert_eq!(shop.announced().await, PAID);
}
