use crate::shop::{Hooks, Shop, until};

const PAID: [&str; 3] = [
    "payment_intent.created",
    "charge.succeeded",
    "payment_intent.succeeded",
];

#[tokio::test]
async fn a_refused_webhook_comes_again() {
    let shop = Shop::open().await;
    shop.hooks.refuse(7);
    let intent = shop.paid().await;
    shop.hooks.expect(&intent, &PAID).await;
    until("every webhook marked", async || {
        let state = shop.client.get("/_emulator/state").await.ok();
        (state["webhooks"]["delivered"] == 3).then_some(())
    })
    .await;
}

#[tokio::test]
async fn webhooks_wait_for_their_endpoint() {
    let shop = Shop::with(|config| config.webhook_url = None).await;
    let intent = shop.paid().await;
    let state = shop.client.get("/_emulator/state").await.ok();
    assert_eq!(state["webhooks"]["pending"], 3);
    shop.emulator.set_webhook_url(&shop.hooks.url()).unwrap();
    shop.hooks.expect(&intent, &PAID).await;
    for bad in ["", "https://shop.test/", "/webhooks", "http://"] {
        assert!(shop.emulator.set_webhook_url(bad).is_err(), "{bad}");
    }
}

#[tokio::test]
async fn an_endpoint_that_moves_is_followed() {
    let shop = Shop::open().await;
    shop.hooks.refuse(u32::MAX);
    let intent = shop.paid().await;
    let other = Hooks::listen().await;
    shop.emulator.set_webhook_url(&other.url()).unwrap();
    other.expect(&intent, &PAID).await;
}

#[tokio::test]
async fn only_wanted_types_are_sent() {
    let shop =
        Shop::with(|config| config.webhook_events = vec!["payment_intent.succeeded".into()]).await;
    let intent = shop.paid().await;
    shop.hooks
        .expect(&intent, &["payment_intent.succeeded"])
        .await;
    let state = shop.client.get("/_emulator/state").await.ok();
    assert_eq!(state["webhooks"]["unwanted"], 2);
}

#[tokio::test]
async fn many_payments_lose_no_webhook() {
    let shop = Shop::open().await;
    shop.hooks.refuse(40);
    let mut payments = Vec::new();
    for _ in 0..8 {
        let (client, count) = (shop.client.clone(), 25);
        payments.push(tokio::spawn(async move {
            for _ in 0..count {
                let body = "amount=2000&currency=usd&payment_method_types[]=card&payment_method=pm_card_visa&confirm=true";
                client.post("/v1/payment_intents", body).await.ok();
            }
        }));
    }
    for payment in payments {
        payment.await.unwrap();
    }
    until("six hundred webhooks", async || {
        (shop.hooks.events().len() >= 600).then_some(())
    })
    .await;
    let mut ids: Vec<String> = shop
        .hooks
        .events()
        .iter()
        .map(|event| event["id"].to_string())
        .collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 600);
}
