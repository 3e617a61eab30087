//! Payments and orders as other subgraphs refer to them.

use identity::Viewer;
use serde_json::json;
use serving::graphql::global_id;

use crate::shop::Shop;

const ENTITIES: &str = "query($these: [_Any!]!) { _entities(representations: $these) {
    ... on Order { id payment { id status } } ... on Payment { id status } } }";

#[tokio::test]
async fn nobody_reaches_anothers_payment_through_a_reference() {
    let shop = Shop::open().await;
    let customer = shop.customer().await;
    let payment = shop.created(&customer).await;
    let these = json!({ "these": [
        { "__typename": "Order", "id": global_id::encode("Order", customer.order_id) },
        { "__typename": "Payment", "id": payment },
        { "__typename": "Order", "id": global_id::encode("Order", shop.app.clock.id()) },
        { "__typename": "Order", "id": "nonsense" },
        { "__typename": "Payment", "id": "nonsense" },
    ] });
    let look = async |viewer: &Viewer| shop.send(ENTITIES, these.clone(), viewer).await;
    for viewer in [customer.viewer.clone(), testkit::staff()] {
        let answer = look(&viewer).await;
        assert_eq!(answer.text("/_entities/0/payment/id"), payment);
        assert_eq!(answer.text("/_entities/1/status"), "CREATED");
        assert_eq!(answer.at("/_entities/2/payment"), &json!(null));
        assert_eq!(answer.at("/_entities/3/payment"), &json!(null));
        assert_eq!(answer.at("/_entities/4"), &json!(null));
    }
    for viewer in [testkit::customer(shop.app.clock.id()), Viewer::Anonymous] {
        let answer = look(&viewer).await;
        assert_eq!(answer.at("/_entities/0/payment"), &json!(null));
        assert_eq!(answer.at("/_entities/1"), &json!(null));
    }
    shop.app.ignore_events().await;
}

#[tokio::test]
async fn many_references_take_one_statement() {
    let shop = Shop::deaf().await;
    let customer = shop.customer().await;
    let these: Vec<_> = (0..50)
        .map(|_| json!({ "__typename": "Order", "id": global_id::encode("Order", shop.app.clock.id()) }))
        .collect();
    let before = shop.app.database.stats().statements;
    shop.send(ENTITIES, json!({ "these": these }), &customer.viewer)
        .await
        .data();
    assert_eq!(shop.app.database.stats().statements - before, 1);
}
