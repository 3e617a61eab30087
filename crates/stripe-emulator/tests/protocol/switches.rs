use std::time::{Duration, Instant};

use serde_json::{Value, json};
use stripe_emulator::{Switches, WebhookSwitches};

use crate::shop::{Shop, until};

async fn set(shop: &Shop, switches: Value) {
    let request = shop
        .client
        .request(reqwest::Method::POST, "/_emulator/switches")
        .body(switches.to_string());
    shop.client.send(request).await.ok();
}

#[tokio::test]
async fn duplicates_and_delays() {
    let shop = Shop::open().await;
    set(
        &shop,
        json!({ "webhooks": { "duplicate": 2, "delay_ms": 150 } }),
    )
    .await;
    let started = Instant::now();
    let intent = shop.card_intent().await;
    shop.hooks
        .expect(&intent, &["payment_intent.created"; 3])
        .await;
    assert!(started.elapsed() >= Duration::from_millis(150));
}

#[tokio::test]
async fn lost_webhooks_never_come_but_can_be_listed() {
    let shop = Shop::open().await;
    set(&shop, json!({ "webhooks": { "lose_next": 2 } })).await;
    let lost = shop.card_intent().await;
    shop.card_intent().await;
    let third = shop.card_intent().await;
    shop.hooks.expect(&third, &["payment_intent.created"]).await;
    assert_eq!(shop.hooks.kinds(&lost), Vec::<String>::new());
    let events = shop
        .client
        .get("/v1/events?type=payment_intent.created")
        .await
        .ok();
    assert_eq!(events["data"].as_array().unwrap().len(), 3);
    until("two marked as lost", async || {
        let state = shop.client.get("/_emulator/state").await.ok();
        (state["webhooks"]["lost"] == 2).then_some(())
    })
    .await;
}

#[tokio::test]
async fn the_seed_repeats_what_is_lost() {
    let mut outcomes = Vec::new();
    for _ in 0..2 {
        let shop = Shop::with(|config| {
            config.switches = Switches {
                seed: 11,
                webhooks: WebhookSwitches {
                    lose_fraction: 0.5,
                    ..WebhookSwitches::default()
                },
                ..Switches::default()
            };
        })
        .await;
        let mut intents = Vec::new();
        for _ in 0..30 {
            intents.push(shop.card_intent().await);
        }
        until("all delivered or lost", async || {
            let state = shop.client.get("/_emulator/state").await.ok();
            (state["webhooks"]["pending"] == 0).then_some(())
        })
        .await;
        outcomes.push(
            intents
                .iter()
                .map(|id| shop.hooks.kinds(id).is_empty())
                .collect::<Vec<bool>>(),
        );
    }
    assert_eq!(outcomes[0], outcomes[1]);
    assert!(outcomes[0].contains(&true) && outcomes[0].contains(&false));
}

#[tokio::test]
async fn reordering_shuffles() {
    let shop = Shop::open().await;
    set(
        &shop,
        json!({ "seed": 3, "webhooks": { "reorder_ms": 300 } }),
    )
    .await;
    let mut intents = Vec::new();
    for _ in 0..20 {
        intents.push(shop.card_intent().await);
    }
    until("all delivered", async || {
        (shop.hooks.events().len() == 20).then_some(())
    })
    .await;
    let arrived: Vec<String> = shop
        .hooks
        .events()
        .iter()
        .map(|event| crate::shop::text(&event["data"]["object"], "id"))
        .collect();
    assert_ne!(arrived, intents);
}

#[tokio::test]
async fn calls_fail_before_or_after_their_effect() {
    let shop = Shop::open().await;
    let body = "amount=2000&currency=usd&payment_method_types[]=card";
    let create = async |key: &str| {
        let request = shop
            .client
            .form("/v1/payment_intents", body)
            .header("Idempotency-Key", key);
        shop.client.try_send(request).await
    };
    let intents = async || {
        let list = shop.client.get("/v1/payment_intents").await.ok();
        list["data"].as_array().unwrap().len()
    };
    let only = "POST /v1/payment_intents";

    set(&shop, json!({ "api": { "fail_before": 1, "only": only } })).await;
    assert_eq!(create("before").await.unwrap().status, 500);
    assert_eq!(intents().await, 0);
    assert_eq!(create("before").await.unwrap().status, 200);
    assert_eq!(intents().await, 1);

    set(&shop, json!({ "api": { "fail_after": 1, "only": only } })).await;
    assert_eq!(create("after").await.unwrap().status, 500);
    assert_eq!(intents().await, 2);
    let replayed = create("after").await.unwrap();
    assert_eq!(
        (replayed.status, replayed.header("idempotent-replayed")),
        (500, Some("true"))
    );

    set(&shop, json!({ "api": { "cut_after": 1, "only": only } })).await;
    assert!(create("cut").await.is_err());
    assert_eq!(intents().await, 3);
    let replayed = create("cut").await.unwrap();
    assert_eq!(
        (replayed.status, replayed.header("idempotent-replayed")),
        (200, Some("true"))
    );
    assert_eq!(intents().await, 3);

    set(&shop, json!({ "api": { "latency_ms": 120 } })).await;
    let started = Instant::now();
    assert_eq!(create("slow").await.unwrap().status, 200);
    assert!(started.elapsed() >= Duration::from_millis(120));

    let unknown = shop
        .client
        .request(reqwest::Method::POST, "/_emulator/switches")
        .body(r#"{"webhook":{}}"#);
    assert_eq!(shop.client.send(unknown).await.status, 400);
}
