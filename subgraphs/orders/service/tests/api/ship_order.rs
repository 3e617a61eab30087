use events::orders::OrderShipped;
use identity::Viewer;
use serde_json::json;
use testkit::staff;

use crate::shop::{Shop, gid, id, key, refusals, shopper};

#[tokio::test]
async fn staff_hands_a_paid_order_to_a_carrier() {
    let shop = Shop::open().await;
    let (viewer, staff) = (shopper(), staff());
    let order = shop.ordered(&viewer).await;
    let input = json!({ "orderId": gid("Order", order), "carrier": "DHL", "trackingNumber": "JD0001",
        "idempotencyKey": key() });
    for refused in [&viewer, &shopper()] {
        assert_eq!(
            shop.order_mutation(refused, "shipOrder", input.clone())
                .await
                .code(),
            "FORBIDDEN"
        );
    }
    assert_eq!(
        shop.order_mutation(&Viewer::Anonymous, "shipOrder", input.clone())
            .await
            .code(),
        "UNAUTHENTICATED"
    );
    let unknown = json!({ "orderId": gid("Order", id()) });
    assert_eq!(
        shop.order_mutation(&staff, "shipOrder", unknown)
            .await
            .code(),
        "NOT_FOUND"
    );
    let early = json!({ "orderId": gid("Order", order) });
    assert_eq!(
        refusals(&shop.order_mutation(&staff, "shipOrder", early).await),
        ["InvalidTransition"]
    );
    shop.reserved(order).await;
    shop.paid(order, Shop::TOTAL).await;
    shop.app.ignore_events().await;
    let answer = shop
        .order_mutation(&staff, "shipOrder", input.clone())
        .await;
    assert_eq!(answer.at("/shipOrder/order/status"), "SHIPPED");
    assert_eq!(
        shop.order_mutation(&staff, "shipOrder", input)
            .await
            .at("/shipOrder/replayed"),
        true
    );
    let shown = shop.order(&viewer, order).await;
    assert_eq!(
        shown.at("/order/shipment"),
        &json!({ "carrier": "DHL", "trackingNumber": "JD0001" })
    );
    let events = shop.app.events().await;
    assert_eq!(events.len(), 1);
    let told: OrderShipped = events[0].parse().unwrap();
    assert_eq!(told.tracking_number.as_deref(), Some("JD0001"));
}
