//! `inventory.reserved`, `inventory.rejected` and `inventory.commit_failed`.

use events::{
    orders::{CancelReason, OrderAwaitingPayment, OrderCancelled, OrderRejected},
    products::{InventoryCommitFailed, InventoryRejected, ShortLine},
};
use serde_json::json;

use crate::shop::{Shop, gid, id, key, shopper};

#[tokio::test]
async fn a_reserved_order_waits_for_money_until_its_deadline() {
    let shop = Shop::open().await;
    let viewer = shopper();
    let order = shop.ordered(&viewer).await;
    shop.app.ignore_events().await;
    shop.reserved(order).await;
    shop.reserved(order).await;
    assert_eq!(shop.status(&viewer, order).await, "AWAITING_PAYMENT");
    let events = shop.app.events().await;
    let [event] = events.as_slice() else {
        unreachable!("one event: {events:?}")
    };
    let told: OrderAwaitingPayment = event.parse().unwrap();
    assert_eq!((event.sequence, told.total.units()), (2, Shop::TOTAL));
    let left = told.deadline.since(shop.app.clock.now()).as_secs();
    assert!((880..=900).contains(&left), "{left} s");
    // An order that is not ours: staff reserves for other purposes too.
    shop.reserved(id()).await;
}

#[tokio::test]
async fn a_rejected_order_says_what_was_short() {
    let shop = Shop::open().await;
    let viewer = shopper();
    let order = shop.ordered(&viewer).await;
    shop.app.ignore_events().await;
    let line = ShortLine {
        line_id: id(),
        variant_id: id(),
        requested: 1,
        available: 0,
    };
    shop.tell(
        order,
        &InventoryRejected {
            order_id: order,
            lines: vec![line.clone()],
        },
    )
    .await;
    let shown = shop.order(&viewer, order).await;
    assert_eq!(shown.at("/order/status"), "REJECTED");
    assert_eq!(shown.at("/order/nextStates"), &json!([]));
    assert_eq!(shown.at("/order/rejections/0/available"), 0);
    assert_eq!(
        shown.at("/order/rejections/0/variant/id"),
        &json!(gid("Variant", line.variant_id))
    );
    assert_eq!(shown.at("/order/events/1/rejections/0/available"), 0);
    let told: OrderRejected = shop.app.events().await[0].parse().unwrap();
    assert_eq!(told.reasons, [line]);
}

#[tokio::test]
async fn a_reservation_that_comes_after_the_end_changes_nothing() {
    let shop = Shop::open().await;
    let viewer = shopper();
    let order = shop.ordered(&viewer).await;
    let input = json!({ "orderId": gid("Order", order), "idempotencyKey": key() });
    shop.order_mutation(&viewer, "cancelOrder", input).await;
    shop.reserved(order).await;
    assert_eq!(shop.status(&viewer, order).await, "CANCELLED");
    assert_eq!(
        shop.announced().await,
        ["order.placed.v1", "order.cancelled.v1"]
    );
}

#[tokio::test]
async fn a_paid_order_without_stock_is_cancelled_and_owed_back() {
    let shop = Shop::open().await;
    let viewer = shopper();
    let order = shop.ordered(&viewer).await;
    shop.reserved(order).await;
    shop.paid(order, Shop::TOTAL).await;
    shop.app.ignore_events().await;
    shop.tell(
        order,
        &InventoryCommitFailed {
            order_id: order,
            lines: Vec::new(),
        },
    )
    .await;
    let shown = shop.order(&viewer, order).await;
    assert_eq!(shown.at("/order/cancellation/by"), "SYSTEM");
    assert_eq!(shown.at("/order/cancellation/refund/units"), Shop::TOTAL);
    let told: OrderCancelled = shop.app.events().await[0].parse().unwrap();
    assert_eq!(
        (told.reason, told.was_paid),
        (CancelReason::StockLost, true)
    );
}
