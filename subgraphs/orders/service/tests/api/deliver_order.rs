use identity::Viewer;
use serde_json::json;
use testkit::staff;

use crate::shop::{Shop, gid, refusals, shopper};

#[tokio::test]
async fn staff_says_that_a_shipped_order_arrived() {
    let shop = Shop::open().await;
    let (viewer, staff) = (shopper(), staff());
    let order = shop.ordered(&viewer).await;
    shop.reserved(order).await;
    shop.paid(order, Shop::TOTAL).await;
    let input = json!({ "orderId": gid("Order", order) });
    assert_eq!(
        shop.order_mutation(&viewer, "deliverOrder", input.clone())
            .await
            .code(),
        "FORBIDDEN"
    );
    assert_eq!(
        shop.order_mutation(&Viewer::Anonymous, "deliverOrder", input.clone())
            .await
            .code(),
        "UNAUTHENTICATED"
    );
    assert_eq!(
        refusals(
            &shop
                .order_mutation(&staff, "deliverOrder", input.clone())
                .await
        ),
        ["InvalidTransition"]
    );
    shop.order_mutation(&staff, "shipOrder", input.clone())
        .await;
    let answer = shop.order_mutation(&staff, "deliverOrder", input).await;
    assert_eq!(answer.at("/deliverOrder/order/status"), "DELIVERED");
    assert_eq!(answer.at("/deliverOrder/order/nextStates"), &json!([]));
    assert_eq!(
        shop.announced().await,
        [
            "order.placed.v1",
            "order.awaiting_payment.v1",
            "order.paid.v1",
            "order.shipped.v1",
            "order.delivered.v1"
        ]
    );
}
