use crate::shop::{Shop, text};

#[tokio::test]
async fn refunds_never_exceed_what_was_captured() {
    let shop = Shop::open().await;
    let intent = shop.paid().await;
    let refund = async |amount: &str| {
        let body = format!("payment_intent={intent}{amount}&metadata[why]=test");
        shop.client.post("/v1/refunds", &body).await
    };
    let first = refund("&amount=500").await.ok();
    assert_eq!(first["status"], "succeeded");
    assert_eq!(first["metadata"]["why"], "test");
    refund("&amount=1501").await.refused(400);
    refund("&amount=0").await.refused(400);
    refund("&amount=-1").await.refused(400);
    let charge = text(&first, "charge");
    let path = format!("/v1/charges/{charge}?expand[]=refunds");
    let partly = shop.client.get(&path).await.ok();
    assert_eq!(partly["amount_refunded"], 500);
    assert_eq!(partly["refunded"], false);
    assert_eq!(partly["refunds"]["data"][0]["id"], first["id"]);

    let rest = refund("&reason=requested_by_customer").await.ok();
    assert_eq!(rest["amount"], 1500);
    assert_eq!(shop.client.get(&path).await.ok()["refunded"], true);
    assert_eq!(
        refund("").await.refused(400)["code"],
        "charge_already_refunded"
    );

    let by_id = shop
        .client
        .get(&format!("/v1/refunds/{}", text(&rest, "id")))
        .await
        .ok();
    assert_eq!(by_id, rest);
    let list = shop
        .client
        .get(&format!("/v1/refunds?payment_intent={intent}"))
        .await
        .ok();
    assert_eq!(list["data"].as_array().unwrap().len(), 2);
    let twice = ["refund.created", "charge.refunded", "refund.updated"].repeat(2);
    let once = [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
    ];
    shop.hooks
        .expect(&intent, &[&once[..], &twice].concat())
        .await;
}

#[tokio::test]
async fn only_a_successful_charge_can_be_refunded() {
    let shop = Shop::open().await;
    let open = shop.card_intent().await;
    let error = shop
        .client
        .post("/v1/refunds", &format!("payment_intent={open}"))
        .await
        .refused(400);
    assert!(text(&error, "message").contains("successful charge"));
    let declined = shop
        .confirm(&open, "pm_card_chargeDeclined")
        .await
        .refused(402);
    let charge = text(&declined, "charge");
    shop.client
        .post("/v1/refunds", &format!("charge={charge}"))
        .await
        .refused(400);
    for body in [
        "",
        "payment_intent=pi_nothing",
        "charge=ch_nothing",
        "payment_intent=x&reason=y",
    ] {
        shop.client.post("/v1/refunds", body).await.refused(400);
    }
    shop.client.get("/v1/refunds/re_nothing").await.refused(404);
}

#[tokio::test]
async fn refunds_at_once_take_the_money_once() {
    let shop = Shop::open().await;
    let intent = shop.paid().await;
    let calls = (0..20).map(|_| {
        let (client, body) = (
            shop.client.clone(),
            format!("payment_intent={intent}&amount=1000"),
        );
        tokio::spawn(async move { client.post("/v1/refunds", &body).await.status })
    });
    let mut succeeded = 0;
    for call in calls.collect::<Vec<_>>() {
        succeeded += u32::from(call.await.unwrap() == 200);
    }
    assert_eq!(succeeded, 2);
    let state = shop.client.get("/_emulator/state").await.ok();
    assert_eq!(state["money"]["usd"]["captured"], 2000);
    assert_eq!(state["money"]["usd"]["refunded"], 2000);
}
