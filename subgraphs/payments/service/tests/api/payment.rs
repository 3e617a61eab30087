//! `payment`.

use identity::{Scope, Viewer};
use serde_json::json;
use serving::graphql::global_id;

use crate::shop::Shop;

const PAYMENT: &str = "query($id: ID!) { payment(id: $id) { id status version createdAt updatedAt clientSecret order { id }
    attempts { number outcome startedAt } events { sequence kind at } refunds { id } } }";

#[tokio::test]
async fn the_customer_sees_all_of_their_payment() {
    let shop = Shop::open().await;
    let customer = shop.customer().await;
    let payment = shop.paid(&customer).await;
    let answer = shop
        .send(PAYMENT, json!({ "id": payment }), &customer.viewer)
        .await;
    let seen = answer.at("/payment");
    assert_eq!(seen["status"], "SUCCEEDED");
    assert_eq!(seen["clientSecret"], json!(null));
    assert_eq!(
        seen["order"]["id"],
        global_id::encode("Order", customer.order_id).as_str()
    );
    assert_eq!(seen["events"][0]["kind"], "payment.created.v1");
    assert_eq!(seen["events"][1]["sequence"], 2);
    assert_eq!(seen["attempts"][0]["number"], 1);
    shop.app.ignore_events().await;
}

#[tokio::test]
async fn others_see_nothing_and_the_staff_of_payments_sees_it() {
    let shop = Shop::open().await;
    let customer = shop.customer().await;
    let payment = shop.created(&customer).await;
    let look = async |viewer: &Viewer| shop.send(PAYMENT, json!({ "id": payment }), viewer).await;
    assert_eq!(
        look(&testkit::staff()).await.text("/payment/status"),
        "CREATED"
    );
    for stranger in [
        testkit::customer(shop.app.clock.id()),
        testkit::with_scopes(&[Scope::OrdersManage]),
    ] {
        assert_eq!(look(&stranger).await.at("/payment"), &json!(null));
    }
    assert_eq!(look(&Viewer::Anonymous).await.code(), "UNAUTHENTICATED");
    let of_another_type = global_id::encode("Order", customer.order_id);
    let answer = shop
        .send(PAYMENT, json!({ "id": of_another_type }), &customer.viewer)
        .await;
    assert_eq!(answer.code(), "INVALID_INPUT");
    shop.app.ignore_events().await;
}
