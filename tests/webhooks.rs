//! Webhooks forged, lost, repeated and out of order, and a payment provider that fails: the money is right in the end.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use futures::future::join_all;
use serde_json::{Value, json};
use stripe_emulator::{ApiSwitches, Switches, WebhookSwitches};
use stripe_webhook::Webhook;
use system_tests::{IMPATIENT, Shopper, Stage, key, search};

/// The secret that the built-in emulator signs with.
const SECRET: &str = "whsec_emporium_emulator";

fn deaf() -> Switches {
    Switches {
        webhooks: WebhookSwitches {
            lose_fraction: 1.0,
            ..WebhookSwitches::default()
        },
        ..Switches::default()
    }
}

fn now() -> i64 {
    clock::Clock::system().now().as_seconds()
}

fn sign(body: &str, secret: &str, at: i64) -> String {
    Webhook::generate_test_header(body, secret, Some(at))
}

/// Posts a webhook to the router's port; gives the status.
async fn post(shop: &Stage, body: &str, signature: &str) -> u16 {
    let request = shop
        .client()
        .http()
        .post(format!("{}/webhooks/stripe", shop.url()));
    let request = request
        .header("stripe-signature", signature)
        .body(body.to_owned());
    request.send().await.unwrap().status().as_u16()
}

/// An order whose customer has just come through their bank's check; gives it and its payment.
async fn through_the_bank(shop: &Stage, shopper: &Shopper, variant: &str) -> (String, String) {
    let order = shopper.order(variant, 1).await;
    shopper.wait_for(&order, "AWAITING_PAYMENT").await;
    let payment = shopper.create_payment(&order).await;
    let confirmed = shopper
        .confirm(&payment, "pm_card_authenticationRequired", &key())
        .await;
    assert_eq!(
        confirmed.at("/confirmPayment/payment/status"),
        "REQUIRES_ACTION"
    );
    let action = "query($id: ID!) { payment(id: $id) { nextAction { url } } }";
    let shown = shopper
        .client
        .graphql(action, json!({ "id": payment }))
        .await;
    let bank = format!("{}/complete", shown.text("/payment/nextAction/url"));
    let answer = shop.client().http().post(bank).send().await.unwrap();
    assert!(answer.status().is_success(), "{}", answer.status());
    (order, payment)
}

async fn times_paid(shopper: &Shopper, order: &str) -> usize {
    let shown = shopper.show(order).await;
    let events = shown.at("/order/events").as_array().unwrap().clone();
    events
        .iter()
        .filter(|event| event["status"] == "PAID")
        .count()
}

system_tests::both!(what_the_provider_did_not_sign_changes_nothing);

async fn what_the_provider_did_not_sign_changes_nothing(shop: Stage) {
    shop.disturb(deaf()).await;
    let client = shop.client();
    let variant = search(&client, "lamp", 2).await.variant;
    let shopper = Shopper::register(&client).await;
    let (order, payment) = through_the_bank(&shop, &shopper, &variant).await;
    let events = shop
        .ask_provider("/v1/events?type=payment_intent.succeeded")
        .await;
    let body = events["data"][0].to_string();
    let look = async || {
        let query =
            "query($id: ID!) { payment(id: $id) { status order { id } events { __typename } } }";
        let payment = shopper
            .client
            .graphql(query, json!({ "id": payment }))
            .await;
        (
            payment.data().clone(),
            shopper.show(&order).await.data().clone(),
        )
    };
    let before = look().await;
    assert_eq!(before.0["payment"]["status"], "REQUIRES_ACTION");
    let signature = sign(&body, SECRET, now());
    for forged in [
        String::new(),
        "nonsense".to_owned(),
        sign(&body, "whsec_of_a_thief", now()),
        sign(&body, SECRET, now() - 310),
        sign(&body, SECRET, now() + 310),
        sign("{}", SECRET, now()),
    ] {
        assert_eq!(post(&shop, &body, &forged).await, 400, "{forged}");
    }
    assert_eq!(
        post(
            &shop,
            &body.replace(' ', "").replace("succeeded", "canceled"),
            &signature
        )
        .await,
        400
    );
    let unsigned = client
        .http()
        .post(format!("{}/webhooks/stripe", shop.url()))
        .body(body.clone());
    assert_eq!(unsigned.send().await.unwrap().status().as_u16(), 400);
    let large = "x".repeat(600 * 1024);
    assert_eq!(post(&shop, &large, &sign(&large, SECRET, now())).await, 413);
    let mut stranger: Value = serde_json::from_str(&body).unwrap();
    stranger["id"] = json!("evt_of_another_shop");
    stranger["data"]["object"]["id"] = json!("pi_of_another_shop");
    let stranger = stranger.to_string();
    assert_eq!(
        post(&shop, &stranger, &sign(&stranger, SECRET, now())).await,
        200
    );
    assert_eq!(look().await, before);

    assert_eq!(post(&shop, &body, &sign(&body, SECRET, now())).await, 200);
    let paid = shopper.wait_for(&order, "PAID").await;
    for _ in 0..3 {
        assert_eq!(post(&shop, &body, &sign(&body, SECRET, now())).await, 200);
    }
    shop.drain().await;
    assert_eq!(shopper.show(&order).await.data(), paid.data());
    shop.holds().await;
    shop.close().await;
}

system_tests::both!(orders_are_paid_though_every_webhook_is_lost, IMPATIENT);

async fn orders_are_paid_though_every_webhook_is_lost(shop: Stage) {
    shop.disturb(deaf()).await;
    let before = shop.ask_provider("/_emulator/state").await;
    let client = shop.client();
    let variant = search(&client, "lamp", 4).await.variant;
    let buyers = (0..4).map(|_| async {
        let shopper = Shopper::register(&client).await;
        let (order, _) = through_the_bank(&shop, &shopper, &variant).await;
        shopper.wait_for(&order, "PAID").await;
        assert_eq!(times_paid(&shopper, &order).await, 1);
    });
    join_all(buyers).await;
    let state = shop.ask_provider("/_emulator/state").await;
    assert_eq!(
        state["webhooks"]["delivered"], before["webhooks"]["delivered"],
        "{state}"
    );
    shop.holds().await;
    shop.close().await;
}

system_tests::both!(webhooks_three_times_and_out_of_order_pay_once);

async fn webhooks_three_times_and_out_of_order_pay_once(shop: Stage) {
    shop.disturb(Switches {
        webhooks: WebhookSwitches {
            duplicate: 2,
            reorder_ms: 400,
            ..WebhookSwitches::default()
        },
        ..Switches::default()
    })
    .await;
    let client = shop.client();
    let variant = search(&client, "lamp", 6).await.variant;
    let buyers = (0..6).map(|number| {
        let (client, variant, shop) = (&client, &variant, &shop);
        async move {
            let shopper = Shopper::register(client).await;
            let order = if number % 2 == 0 {
                through_the_bank(shop, &shopper, variant).await.0
            } else {
                let order = shopper.order(variant, 1).await;
                shopper.wait_for(&order, "AWAITING_PAYMENT").await;
                let payment = shopper.create_payment(&order).await;
                let declined = shopper
                    .confirm(&payment, "pm_card_chargeDeclined", &key())
                    .await;
                assert_eq!(
                    declined.at("/confirmPayment/userErrors/0/__typename"),
                    "PaymentDeclined"
                );
                shopper.confirm(&payment, "pm_card_visa", &key()).await;
                order
            };
            shopper.wait_for(&order, "PAID").await;
            (shopper, order)
        }
    });
    let bought = join_all(buyers).await;
    shop.heard().await;
    shop.drain().await;
    for (shopper, order) in bought {
        assert_eq!(shopper.show(&order).await.at("/order/status"), "PAID");
        assert_eq!(times_paid(&shopper, &order).await, 1);
    }
    shop.holds().await;
    shop.close().await;
}

system_tests::both!(a_provider_that_fails_is_asked_until_it_answers, IMPATIENT);

async fn a_provider_that_fails_is_asked_until_it_answers(shop: Stage) {
    let charges = async || {
        let state = shop.ask_provider("/_emulator/state").await;
        state["money"]["usd"]["charges"].as_i64().unwrap_or(0)
    };
    let before = charges().await;
    let client = shop.client();
    let variant = search(&client, "lamp", 6).await.variant;
    let fail = |fail_before, fail_after, cut_after| ApiSwitches {
        fail_before,
        fail_after,
        cut_after,
        ..ApiSwitches::default()
    };
    for api in [
        fail(2, 0, 0),
        fail(9, 0, 0),
        fail(0, 1, 0),
        fail(0, 0, 2),
        fail(0, 0, 9),
    ] {
        let switches = Switches {
            api: api.clone(),
            ..Switches::default()
        };
        let shopper = Shopper::register(&client).await;
        let order = shopper.order(&variant, 1).await;
        shopper.wait_for(&order, "AWAITING_PAYMENT").await;
        shop.disturb(switches.clone()).await;
        let payment = shopper.create_payment(&order).await;
        shop.disturb(switches).await;
        // The same request again, as a client does that had no good answer.
        let key = key();
        testkit::until("a payment that is confirmed", async || {
            let confirmed = shopper.confirm(&payment, "pm_card_visa", &key).await;
            if let Some(error) = confirmed.errors().first() {
                assert_eq!(error["extensions"]["retryable"], true, "{api:?}: {error}");
                return None;
            }
            let status = confirmed.at("/confirmPayment/payment/status");
            (status == "SUCCEEDED").then_some(())
        })
        .await;
        shopper.wait_for(&order, "PAID").await;
        assert_eq!(times_paid(&shopper, &order).await, 1, "{api:?}");
    }
    shop.disturb(Switches::default()).await;
    assert_eq!(charges().await - before, 5);
    shop.holds().await;
    shop.close().await;
}
