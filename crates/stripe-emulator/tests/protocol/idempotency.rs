use std::collections::BTreeSet;

use crate::shop::{Shop, text};

const BODY: &str = "amount=2000&currency=usd&payment_method_types[]=card";

#[tokio::test]
async fn the_same_key_gives_the_first_answer_again() {
    let shop = Shop::open().await;
    let first = shop
        .client
        .post_with_key("/v1/payment_intents", BODY, "k1")
        .await;
    assert_eq!(first.header("idempotent-replayed"), None);
    let again = shop
        .client
        .post_with_key("/v1/payment_intents", BODY, "k1")
        .await;
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(again.header("original-request"), first.header("request-id"));
    assert_ne!(again.header("request-id"), first.header("request-id"));
    assert_eq!(again.body, first.body);

    // The same parameters in another order are the same parameters.
    let shuffled = "payment_method_types[]=card&currency=usd&amount=2000";
    let again = shop
        .client
        .post_with_key("/v1/payment_intents", shuffled, "k1")
        .await;
    assert_eq!(again.body, first.body);

    let other = BODY.replace("2000", "3000");
    let error = shop
        .client
        .post_with_key("/v1/payment_intents", &other, "k1")
        .await
        .refused(400);
    assert_eq!(error["type"], "idempotency_error");
    let error = shop
        .client
        .post_with_key("/v1/refunds", "charge=ch_1", "k1")
        .await
        .refused(400);
    assert_eq!(error["type"], "idempotency_error");
    let long = "k".repeat(256);
    shop.client
        .post_with_key("/v1/payment_intents", BODY, &long)
        .await
        .refused(400);
}

#[tokio::test]
async fn declines_are_replayed_and_malformed_requests_are_not_kept() {
    let shop = Shop::open().await;
    let intent = shop.card_intent().await;
    let path = format!("/v1/payment_intents/{intent}/confirm");
    let body = "payment_method=pm_card_chargeDeclined";
    let first = shop.client.post_with_key(&path, body, "decline").await;
    let again = shop.client.post_with_key(&path, body, "decline").await;
    assert_eq!((first.status, again.status), (402, 402));
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(again.body, first.body);
    let charges = shop
        .client
        .get(&format!("/v1/charges?payment_intent={intent}"))
        .await
        .ok();
    assert_eq!(charges["data"].as_array().unwrap().len(), 1);

    shop.client
        .post_with_key("/v1/payment_intents", "amount=x", "later")
        .await
        .refused(400);
    shop.client
        .post_with_key("/v1/payment_intents", BODY, "later")
        .await
        .ok();

    // A refusal by the state is an outcome of the execution, hence kept.
    let (cancel, key) = (format!("/v1/payment_intents/{intent}/cancel"), "state");
    shop.client.post(&cancel, "").await.ok();
    shop.client
        .post_with_key(&path, "payment_method=pm_card_visa", key)
        .await
        .refused(400);
    let again = shop
        .client
        .post_with_key(&path, "payment_method=pm_card_visa", key)
        .await;
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
}

#[tokio::test]
async fn one_key_fifty_times_at_once_makes_one_intent() {
    let shop = Shop::open().await;
    let calls: Vec<_> = (0..50)
        .map(|_| {
            let client = shop.client.clone();
            tokio::spawn(async move {
                loop {
                    let answer = client
                        .post_with_key("/v1/payment_intents", BODY, "crowd")
                        .await;
                    if answer.status == 409 {
                        assert_eq!(answer.header("stripe-should-retry"), Some("true"));
                        assert_eq!(answer.body["error"]["code"], "idempotency_key_in_use");
                        continue;
                    }
                    return text(&answer.ok(), "id");
                }
            })
        })
        .collect();
    let mut ids = BTreeSet::new();
    for call in calls {
        ids.insert(call.await.unwrap());
    }
    assert_eq!(ids.len(), 1);
    let list = shop.client.get("/v1/payment_intents").await.ok();
    assert_eq!(list["data"].as_array().unwrap().len(), 1);
}
