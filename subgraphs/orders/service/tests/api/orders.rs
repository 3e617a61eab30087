use identity::Viewer;
use serde_json::json;
use testkit::staff;

use crate::shop::{Shop, gid, shopper};

#[tokio::test]
async fn staff_sees_every_order_and_nobody_else_does() {
    let shop = Shop::open().await;
    let viewer = shopper();
    shop.ordered(&viewer).await;
    shop.ordered(&shopper()).await;
    shop.app.ignore_events().await;
    let document = "query($filter: StaffOrderFilter) { orders(filter: $filter) { totalCount nodes { customer { id } } } }";
    let all = shop.send(&staff(), document, json!({})).await;
    assert_eq!(all.at("/orders/totalCount"), 2);
    let customer = gid("User", viewer.id().unwrap());
    let theirs = shop
        .send(
            &staff(),
            document,
            json!({ "filter": { "customerId": customer } }),
        )
        .await;
    assert_eq!(
        theirs.at("/orders/nodes"),
        &json!([{ "customer": { "id": customer } }])
    );
    assert_eq!(
        shop.send(&viewer, document, json!({})).await.code(),
        "FORBIDDEN"
    );
    assert_eq!(
        shop.send(&Viewer::Anonymous, document, json!({}))
            .await
            .code(),
        "UNAUTHENTICATED"
    );
}
