//! `POST /webhooks/stripe`, attacked.

use http::StatusCode;
use serde_json::{Value, json};
use stripe_emulator::WebhookSwitches;
use stripe_webhook::Webhook;

use crate::shop::{Customer, OLD_WEBHOOK_SECRET, Shop, TOTAL, WEBHOOK_SECRET};

/// The last event of this type that Stripe has on record.
pub(crate) async fn event(shop: &Shop, kind: &str) -> Value {
    let list = shop.stripe(&format!("/events?type={kind}")).await;
    list["data"][0].clone()
}

pub(crate) fn signed(body: &str, secret: &str, now: i64) -> String {
    Webhook::generate_test_header(body, secret, Some(now))
}

/// A shop that hears nothing by itself, with an order whose customer is at their bank, and the webhook that says
/// they came through.
async fn at_the_bank() -> (Shop, Customer, String, String) {
    let shop = Shop::deaf().await;
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
    crate::shop::post(&format!("{bank}/complete")).await;
    let body = event(&shop, "payment_intent.succeeded").await.to_string();
    (shop, customer, payment, body)
}

#[tokio::test]
async fn a_signed_webhook_is_taken_once_by_any_secret() {
    let (shop, customer, payment, body) = at_the_bank().await;
    let now = shop.app.clock.now().as_seconds();
    for secret in [WEBHOOK_SECRET, OLD_WEBHOOK_SECRET, WEBHOOK_SECRET] {
        assert_eq!(
            shop.webhook(body.clone(), &signed(&body, secret, now))
                .await,
            StatusCode::OK
        );
    }
    assert_eq!(shop.look(&customer, &payment).await["status"], "SUCCEEDED");
    assert_eq!(
        shop.announced().await,
        ["payment.created.v1", "payment.succeeded.v1"]
    );
}

#[tokio::test]
async fn what_stripe_did_not_sign_is_refused() {
    let (shop, customer, payment, body) = at_the_bank().await;
    let now = shop.app.clock.now().as_seconds();
    let good = signed(&body, WEBHOOK_SECRET, now);
    for signature in [
        signed(&body, "whsec_of_a_thief", now),
        signed(&body, WEBHOOK_SECRET, now - 302),
        signed(&body, WEBHOOK_SECRET, now + 310),
        signed("{}", WEBHOOK_SECRET, now),
        good.replace("v1=", "v0="),
        format!("t={now}"),
        format!("t={now},v1=,v1=zz"),
        format!("t=,v1={}", "a".repeat(64)),
        String::new(),
        "☃".to_owned(),
    ] {
        assert_eq!(
            shop.webhook(body.clone(), &signature).await,
            StatusCode::BAD_REQUEST,
            "{signature}"
        );
    }
    let changed = body
        .replace("requires_action", "succeeded")
        .replace(&TOTAL.to_string(), "1");
    assert_eq!(shop.webhook(changed, &good).await, StatusCode::BAD_REQUEST);
    let broken = [body.as_bytes(), b"\xff"].concat();
    assert_eq!(shop.webhook(broken, &good).await, StatusCode::BAD_REQUEST);
    let large = "x".repeat(300 * 1024);
    let status = shop
        .webhook(large.clone(), &signed(&large, WEBHOOK_SECRET, now))
        .await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(
        shop.look(&customer, &payment).await["status"],
        "REQUIRES_ACTION"
    );
    shop.app.ignore_events().await;
}

#[tokio::test]
async fn unknown_intents_and_types_are_ignored() {
    let (shop, customer, payment, body) = at_the_bank().await;
    let now = shop.app.clock.now().as_seconds();
    let before = shop.look(&customer, &payment).await;
    let mut stranger: Value = serde_json::from_str(&body).unwrap();
    stranger["data"]["object"]["id"] = json!("pi_of_another_shop");
    stranger["data"]["object"]["metadata"] = json!({});
    let mut unknown: Value = serde_json::from_str(&body).unwrap();
    unknown["type"] = json!("moon.risen");
    let mut forged: Value = serde_json::from_str(&body).unwrap();
    forged["data"]["object"]["id"] = json!("pi_of_another_shop");
    for event in [stranger, unknown, forged] {
        let body = event.to_string();
        assert_eq!(
            shop.webhook(body.clone(), &signed(&body, WEBHOOK_SECRET, now))
                .await,
            StatusCode::OK
        );
    }
    assert_eq!(shop.look(&customer, &payment).await, before);
    let nonsense = "{\"id\":";
    let status = shop
        .webhook(nonsense, &signed(nonsense, WEBHOOK_SECRET, now))
        .await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    shop.app.ignore_events().await;
}

#[tokio::test]
async fn any_order_and_repetition_ends_alike() {
    let shop = Shop::deaf().await;
    let customer = shop.customer().await;
    let payment = shop.created(&customer).await;
    for method in ["pm_card_chargeDeclined", "pm_card_visa"] {
        shop.confirm(&customer.viewer, &payment, method, shop.app.clock.id())
            .await;
    }
    let before = shop.look(&customer, &payment).await;
    let list = shop.stripe("/events?limit=100").await;
    let events = list["data"].as_array().unwrap();
    assert!(events.len() >= 4, "{list:#}");
    let now = shop.app.clock.now().as_seconds();
    for event in events.iter().chain(events.iter().rev()).chain(events) {
        let body = event.to_string();
        assert_eq!(
            shop.webhook(body.clone(), &signed(&body, WEBHOOK_SECRET, now))
                .await,
            StatusCode::OK
        );
        shop.run_job("payments.reconcile").await;
    }
    assert_eq!(shop.look(&customer, &payment).await, before);
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
async fn what_the_customer_pays_from_the_browser_is_told_by_webhooks() {
    let shop = Shop::open().await;
    shop.disturb_webhooks(WebhookSwitches {
        duplicate: 2,
        reorder_ms: 50,
        ..WebhookSwitches::default()
    });
    let customer = shop.customer().await;
    let payment = shop.created(&customer).await;
    let intent = shop.intent().await["id"].as_str().unwrap().to_owned();
    let confirm = async |method: &str| {
        shop.post_to_stripe(
            &format!("/payment_intents/{intent}/confirm"),
            &format!("payment_method={method}&return_url=http://shop.test/"),
        )
        .await
    };
    confirm("pm_card_chargeDeclined").await;
    let seen = testkit::until("the decline", async || {
        shop.run_job("payments.reconcile").await;
        let seen = shop.look(&customer, &payment).await;
        (seen["attempts"][0]["outcome"] == "FAILED").then_some(seen)
    })
    .await;
    assert_eq!(seen["status"], "CREATED");
    confirm("pm_card_visa").await;
    let seen = shop.until_status(&customer, &payment, "SUCCEEDED").await;
    assert_eq!(seen["attempts"][1]["outcome"], "SUCCEEDED");
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
async fn a_checkout_takes_few_write_transactions() {
    let shop = Shop::deaf().await;
    let before = shop.app.database.stats().transactions;
    let customer = shop.customer().await;
    let payment = shop.paid(&customer).await;
    shop.pay_order(&customer, &payment).await;
    let body = event(&shop, "payment_intent.succeeded").await.to_string();
    let now = shop.app.clock.now().as_seconds();
    assert_eq!(
        shop.webhook(body.clone(), &signed(&body, WEBHOOK_SECRET, now))
            .await,
        StatusCode::OK
    );
    let taken = shop.app.database.stats().transactions - before;
    assert!(taken <= 6, "{taken} write transactions");
    shop.app.ignore_events().await;
}
