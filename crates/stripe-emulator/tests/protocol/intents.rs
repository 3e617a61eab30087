use reqwest::Method;
use serde_json::json;

use crate::shop::{Client, PUBLISHABLE_KEY, Shop, text, until};

#[tokio::test]
async fn a_card_that_works_is_charged() {
    let shop = Shop::open().await;
    for method in ["pm_card_visa", "pm_card_mastercard", "pm_card_amex"] {
        let intent = shop.card_intent().await;
        assert_eq!(
            shop.retrieve(&intent).await["status"],
            "requires_payment_method"
        );
        let paid = shop.confirm(&intent, method).await.ok();
        assert_eq!(paid["status"], "succeeded");
        assert_eq!(paid["amount_received"], 2000);
        assert_eq!(paid["payment_method"], method);
        let expanded = shop
            .client
            .get(&format!(
                "/v1/payment_intents/{intent}?expand[]=latest_charge&expand[]=payment_method"
            ))
            .await
            .ok();
        assert_eq!(expanded["latest_charge"]["amount_captured"], 2000);
        assert_eq!(expanded["latest_charge"]["paid"], true);
        assert_eq!(expanded["payment_method"]["type"], "card");
        shop.hooks
            .expect(
                &intent,
                &[
                    "charge.succeeded",
                    "payment_intent.created",
                    "payment_intent.succeeded",
                ],
            )
            .await;
    }
}

#[tokio::test]
async fn a_declined_card_leaves_the_intent_open_for_the_next_one() {
    let shop = Shop::open().await;
    let cases = [
        ("pm_card_chargeDeclined", "card_declined", "generic_decline"),
        (
            "pm_card_visa_chargeDeclined",
            "card_declined",
            "generic_decline",
        ),
        (
            "pm_card_chargeDeclinedInsufficientFunds",
            "card_declined",
            "insufficient_funds",
        ),
        (
            "pm_card_visa_chargeDeclinedLostCard",
            "card_declined",
            "lost_card",
        ),
        (
            "pm_card_chargeDeclinedExpiredCard",
            "expired_card",
            "expired_card",
        ),
        (
            "pm_card_chargeDeclinedIncorrectCvc",
            "incorrect_cvc",
            "incorrect_cvc",
        ),
        (
            "pm_card_chargeDeclinedProcessingError",
            "processing_error",
            "processing_error",
        ),
    ];
    let intent = shop.card_intent().await;
    for (method, code, decline_code) in cases {
        let error = shop.confirm(&intent, method).await.refused(402);
        assert_eq!(error["type"], "card_error");
        assert_eq!(error["code"], code);
        assert_eq!(error["decline_code"], decline_code);
        assert_eq!(error["payment_intent"]["status"], "requires_payment_method");
        assert_eq!(error["payment_intent"]["last_payment_error"]["code"], code);
        let charge = text(&error, "charge");
        let charge = shop.client.get(&format!("/v1/charges/{charge}")).await.ok();
        assert_eq!(charge["status"], "failed");
        assert_eq!(charge["amount_captured"], 0);
    }
    let paid = shop.confirm(&intent, "pm_card_visa").await.ok();
    assert_eq!(paid["status"], "succeeded");
    assert_eq!(paid["last_payment_error"], json!(null));
    let mut expected = vec![
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
    ];
    expected.extend(
        cases
            .iter()
            .flat_map(|_| ["charge.failed", "payment_intent.payment_failed"]),
    );
    shop.hooks.expect(&intent, &expected).await;
}

#[tokio::test]
async fn three_d_secure_asks_the_customer() {
    let shop = Shop::open().await;
    let waiting = shop.card_intent().await;
    let answer = shop
        .client
        .post(
            &format!("/v1/payment_intents/{waiting}/confirm"),
            "payment_method=pm_card_threeDSecure2Required&return_url=http://shop.test/back?a=1",
        )
        .await
        .ok();
    assert_eq!(answer["status"], "requires_action");
    let page = text(&answer["next_action"]["redirect_to_url"], "url");
    let path = &page[shop.emulator.url().len()..];
    let html = shop.client.get(path).await;
    assert!(
        html.body
            .as_str()
            .unwrap()
            .contains("Complete authentication")
    );

    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let redirect = http
        .post(format!("{page}/complete"))
        .header("accept", "text/html")
        .send()
        .await
        .unwrap();
    assert_eq!(redirect.status(), 303);
    let back = redirect.headers()["location"].to_str().unwrap();
    assert!(
        back.starts_with("http://shop.test/back?a=1&payment_intent=pi_"),
        "{back}"
    );
    assert!(back.ends_with("redirect_status=succeeded"), "{back}");
    assert_eq!(shop.retrieve(&waiting).await["status"], "succeeded");
    shop.client
        .post(&format!("{path}/complete"), "")
        .await
        .refused(400);

    let failing = shop.card_intent().await;
    shop.confirm(&failing, "pm_card_authenticationRequired")
        .await
        .ok();
    let failed = shop
        .client
        .post(&format!("/3ds/{failing}/fail"), "")
        .await
        .ok();
    assert_eq!(failed["status"], "requires_payment_method");
    assert_eq!(
        failed["last_payment_error"]["code"],
        "payment_intent_authentication_failure"
    );
    shop.hooks
        .expect(
            &failing,
            &[
                "payment_intent.created",
                "payment_intent.requires_action",
                "payment_intent.payment_failed",
            ],
        )
        .await;

    let declined = shop.card_intent().await;
    shop.confirm(&declined, "pm_card_threeDSecureRequiredChargeDeclined")
        .await
        .ok();
    let declined = shop
        .client
        .post(&format!("/3ds/{declined}/complete"), "")
        .await
        .ok();
    assert_eq!(declined["last_payment_error"]["code"], "card_declined");

    let off_session = shop.card_intent().await;
    let path = format!("/v1/payment_intents/{off_session}/confirm");
    let body = "payment_method=pm_card_authenticationRequired&off_session=true";
    let error = shop.client.post(&path, body).await.refused(402);
    assert_eq!(error["code"], "authentication_required");
    shop.client
        .post("/3ds/pi_nothing/complete", "")
        .await
        .refused(404);
}

#[tokio::test]
async fn a_delayed_method_is_processing_until_the_bank_answers() {
    let shop = Shop::open().await;
    for (method, currency, kind, end) in [
        ("pm_usBankAccount", "usd", "us_bank_account", "succeeded"),
        ("pm_sepaDebit", "eur", "sepa_debit", "succeeded"),
        (
            "pm_usBankAccount_insufficientFunds",
            "usd",
            "us_bank_account",
            "requires_payment_method",
        ),
    ] {
        let body = format!("amount=2000&currency={currency}&payment_method_types[]={kind}");
        let intent = text(&shop.create(&body).await, "id");
        let confirmed = shop.confirm(&intent, method).await.ok();
        assert_eq!(confirmed["status"], "processing");
        let error = shop
            .client
            .post(&format!("/v1/payment_intents/{intent}/cancel"), "")
            .await
            .refused(400);
        assert_eq!(error["code"], "payment_intent_unexpected_state");
        let settled = until(end, async || {
            let intent = shop.retrieve(&intent).await;
            (intent["status"] != "processing").then_some(intent)
        })
        .await;
        assert_eq!(settled["status"], end);
        let (last, charge) = if end == "succeeded" {
            ("payment_intent.succeeded", "charge.succeeded")
        } else {
            ("payment_intent.payment_failed", "charge.failed")
        };
        shop.hooks
            .expect(
                &intent,
                &[
                    "payment_intent.created",
                    "charge.pending",
                    "payment_intent.processing",
                    charge,
                    last,
                ],
            )
            .await;
    }
}

#[tokio::test]
async fn what_the_state_does_not_allow_is_refused() {
    let shop = Shop::open().await;
    let paid = shop.paid().await;
    for operation in ["confirm", "cancel"] {
        let path = format!("/v1/payment_intents/{paid}/{operation}");
        let error = shop.client.post(&path, "").await.refused(400);
        assert_eq!(error["code"], "payment_intent_unexpected_state");
        assert_eq!(error["payment_intent"]["status"], "succeeded");
    }
    let path = format!("/v1/payment_intents/{paid}");
    shop.client.post(&path, "amount=1000").await.refused(400);
    let described = shop
        .client
        .post(&path, "description=late&metadata[a]=b")
        .await
        .ok();
    assert_eq!(described["metadata"]["a"], "b");

    let open = shop.card_intent().await;
    let error = shop
        .client
        .post(&format!("/v1/payment_intents/{open}/confirm"), "")
        .await
        .refused(400);
    assert_eq!(error["code"], "payment_intent_unexpected_state");
    let path = format!("/v1/payment_intents/{open}/cancel");
    let canceled = shop
        .client
        .post(&path, "cancellation_reason=abandoned")
        .await
        .ok();
    assert_eq!(canceled["status"], "canceled");
    assert_eq!(canceled["cancellation_reason"], "abandoned");
    shop.client.post(&path, "").await.refused(400);
    shop.confirm(&open, "pm_card_visa").await.refused(400);
    shop.hooks
        .expect(
            &open,
            &["payment_intent.created", "payment_intent.canceled"],
        )
        .await;
}

#[tokio::test]
async fn automatic_methods_ask_for_a_return_url() {
    let shop = Shop::open().await;
    let automatic = shop.create("amount=2000&currency=usd").await;
    assert_eq!(automatic["automatic_payment_methods"]["enabled"], true);
    let id = text(&automatic, "id");
    shop.confirm(&id, "pm_card_visa").await.refused(400);
    let path = format!("/v1/payment_intents/{id}/confirm");
    let body = "payment_method=pm_card_visa&return_url=http://shop.test/back";
    assert_eq!(
        shop.client.post(&path, body).await.ok()["status"],
        "succeeded"
    );

    let never = shop
        .create("amount=2000&currency=usd&automatic_payment_methods[enabled]=true&automatic_payment_methods[allow_redirects]=never&payment_method=pm_card_visa&confirm=true")
        .await;
    assert_eq!(never["status"], "succeeded");
}

#[tokio::test]
async fn keys_decide_who_may_do_what() {
    let shop = Shop::open().await;
    let intent = shop
        .create("amount=2000&currency=usd&payment_method_types[]=card")
        .await;
    let (id, secret) = (text(&intent, "id"), text(&intent, "client_secret"));
    assert!(secret.starts_with(&format!("{id}_secret_")));
    let path = format!("/v1/payment_intents/{id}");

    let http = reqwest::Client::new();
    let url = format!("{}{path}", shop.emulator.url());
    assert_eq!(http.get(&url).send().await.unwrap().status(), 401);
    let basic = http
        .get(&url)
        .basic_auth(crate::shop::SECRET_KEY, Some(""))
        .send()
        .await
        .unwrap();
    assert_eq!(basic.status(), 200);
    let mut wrong = Client::new(shop.emulator.address());
    wrong.key = "sk_test_wrong".to_owned();
    assert_eq!(
        wrong.get(&path).await.refused(401)["type"],
        "invalid_request_error"
    );

    let mut browser = Client::new(shop.emulator.address());
    browser.key = PUBLISHABLE_KEY.to_owned();
    browser.get(&path).await.refused(400);
    browser
        .get(&format!("{path}?client_secret=wrong"))
        .await
        .refused(400);
    browser.get("/v1/payment_intents").await.refused(401);
    browser
        .post(&format!("{path}/cancel"), "")
        .await
        .refused(401);
    let seen = browser
        .get(&format!("{path}?client_secret={secret}"))
        .await
        .ok();
    assert_eq!(seen.get("metadata"), None);
    browser
        .post(&format!("{path}/confirm"), "payment_method=pm_card_visa")
        .await
        .refused(400);
    let body = format!("payment_method=pm_card_visa&client_secret={secret}");
    let paid = browser.post(&format!("{path}/confirm"), &body).await.ok();
    assert_eq!(paid["status"], "succeeded");
}

#[tokio::test]
async fn test_methods_can_be_retrieved_and_raw_cards_cannot_be_sent() {
    let shop = Shop::open().await;
    for method in stripe_emulator::TEST_METHODS {
        let found = shop
            .client
            .get(&format!("/v1/payment_methods/{}", method.id))
            .await
            .ok();
        assert_eq!(found["type"], method.kind);
        assert_eq!(found[method.kind]["last4"], method.last4);
    }
    shop.client
        .get("/v1/payment_methods/pm_nothing")
        .await
        .refused(404);
    let card = "type=card&card[number]=4242424242424242&card[exp_month]=1";
    shop.client
        .post("/v1/payment_methods", card)
        .await
        .refused(402);
    let body = "amount=2000&currency=usd&payment_method_data[type]=card&payment_method_data[card][number]=4242424242424242";
    shop.client
        .post("/v1/payment_intents", body)
        .await
        .refused(402);
    let delete = shop.client.request(Method::DELETE, "/v1/payment_intents");
    shop.client.send(delete).await.refused(404);
}

#[tokio::test]
async fn the_banks_page_is_where_a_browser_reaches_it() {
    let shop = Shop::with(|config| {
        config.public_url = Some("https://stripe.shop.test/".to_owned());
    })
    .await;
    let intent = shop.card_intent().await;
    let asked = shop.confirm(&intent, "pm_card_threeDSecureRequired").await;
    assert_eq!(
        asked.ok()["next_action"]["redirect_to_url"]["url"],
        format!("https://stripe.shop.test/3ds/{intent}")
    );
}
