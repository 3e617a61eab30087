use serde_json::Value;

use crate::shop::{Shop, text};

fn ids(list: &Value) -> Vec<String> {
    list["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|object| text(object, "id"))
        .collect()
}

#[tokio::test]
async fn lists_are_paged_newest_first_in_both_directions() {
    let shop = Shop::open().await;
    let mut created = Vec::new();
    for _ in 0..7 {
        created.push(shop.card_intent().await);
    }
    created.reverse();
    let list = async |query: &str| {
        shop.client
            .get(&format!("/v1/payment_intents?{query}"))
            .await
            .ok()
    };
    let first = list("limit=3").await;
    assert_eq!(ids(&first), created[..3]);
    assert_eq!(first["has_more"], true);
    assert_eq!(first["object"], "list");
    let second = list(&format!("limit=3&starting_after={}", created[2])).await;
    assert_eq!(ids(&second), created[3..6]);
    let last = list(&format!("limit=3&starting_after={}", created[5])).await;
    assert_eq!(
        (ids(&last), &last["has_more"]),
        (created[6..].to_vec(), &Value::Bool(false))
    );
    let back = list(&format!("limit=3&ending_before={}", created[6])).await;
    assert_eq!(
        (ids(&back), &back["has_more"]),
        (created[3..6].to_vec(), &Value::Bool(true))
    );

    let now = shop.retrieve(&created[0]).await["created"]
        .as_i64()
        .unwrap();
    assert_eq!(
        ids(&list(&format!("created[gte]={}", now - 60)).await).len(),
        7
    );
    assert_eq!(
        ids(&list(&format!("created[lt]={}", now - 60)).await).len(),
        0
    );
    assert_eq!(
        ids(&list(&format!("created[gt]={now}&created[lte]={now}")).await).len(),
        0
    );

    for bad in [
        "limit=0",
        "limit=101",
        "limit=x",
        "starting_after=pi_nothing",
        "created[x]=1",
        "foo=1",
        "starting_after=a&ending_before=b",
        "expand[]=data.customer",
        "expand[]=latest_charge",
    ] {
        shop.client
            .get(&format!("/v1/payment_intents?{bad}"))
            .await
            .refused(400);
    }
}

#[tokio::test]
async fn events_can_be_polled_by_type_and_delivery() {
    let shop = Shop::open().await;
    let intent = shop.paid().await;
    shop.hooks
        .expect(
            &intent,
            &[
                "payment_intent.created",
                "charge.succeeded",
                "payment_intent.succeeded",
            ],
        )
        .await;
    let list = async |query: &str| shop.client.get(&format!("/v1/events?{query}")).await.ok();
    assert_eq!(ids(&list("").await).len(), 3);
    assert_eq!(ids(&list("type=charge.succeeded").await).len(), 1);
    assert_eq!(ids(&list("type=payment_intent.*").await).len(), 2);
    let two = list("types[]=charge.succeeded&types[]=payment_intent.succeeded").await;
    assert_eq!(ids(&two).len(), 2);
    assert_eq!(two["data"][0]["data"]["object"]["status"], "succeeded");
    crate::shop::until("every webhook marked", async || {
        let undelivered = list("delivery_success=false").await;
        ids(&undelivered).is_empty().then_some(())
    })
    .await;
    let id = &ids(&list("").await)[0];
    let event = shop.client.get(&format!("/v1/events/{id}")).await.ok();
    assert_eq!(event["pending_webhooks"], 0);
    assert_eq!(
        event["api_version"],
        stripe_shared::version::VERSION.as_str()
    );
    assert!(event["request"]["id"].as_str().unwrap().starts_with("req_"));
    let expanded = shop
        .client
        .get("/v1/payment_intents?expand[]=data.latest_charge")
        .await
        .ok();
    assert_eq!(expanded["data"][0]["latest_charge"]["object"], "charge");
}
