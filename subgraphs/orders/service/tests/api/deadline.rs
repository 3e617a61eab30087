//! The deadline of an order, and what comes in at the same instant.

use futures::future::join;
use serde_json::json;
use serving::config::Settings;

use crate::shop::{Shop, gid, key, shopper};

#[tokio::test]
async fn the_sweeper_expires_what_is_due_and_nothing_else() {
    let shop = Shop::open().await;
    let viewer = shopper();
    let order = shop.ordered(&viewer).await;
    shop.reserved(order).await;
    shop.run_job("orders.sweep").await;
    assert_eq!(shop.status(&viewer, order).await, "AWAITING_PAYMENT");
    shop.app.ignore_events().await;

    let hasty = Shop::open_with(Settings::default().with("orders", "deadline_ms", 0)).await;
    let waiting = hasty.ordered(&viewer).await;
    let pending = hasty.ordered(&viewer).await;
    hasty.reserved(waiting).await;
    hasty.run_job("orders.sweep").await;
    hasty.run_job("orders.sweep").await;
    assert_eq!(hasty.status(&viewer, waiting).await, "EXPIRED");
    assert_eq!(hasty.status(&viewer, pending).await, "PENDING");
    assert_eq!(
        hasty
            .announced()
            .await
            .iter()
            .filter(|kind| *kind == "order.expired.v1")
            .count(),
        1
    );
    // Money that comes now is for payments to give back.
    hasty.paid(waiting, Shop::TOTAL).await;
    assert_eq!(hasty.status(&viewer, waiting).await, "EXPIRED");
    let late = json!({ "orderId": gid("Order", waiting), "idempotencyKey": key() });
    let refused = hasty.order_mutation(&viewer, "cancelOrder", late).await;
    assert_eq!(refused.at("/cancelOrder/userErrors/0/status"), "EXPIRED");
}

#[tokio::test]
async fn payment_and_sweeper_at_the_same_instant_leave_one_outcome() {
    let shop = Shop::open_with(Settings::default().with("orders", "deadline_ms", 0)).await;
    let viewer = shopper();
    let (mut paid, mut expired) = (0, 0);
    for round in 0..30 {
        let order = shop.ordered(&viewer).await;
        shop.reserved(order).await;
        shop.app.ignore_events().await;
        if round % 2 == 0 {
            join(shop.paid(order, Shop::TOTAL), shop.run_job("orders.sweep")).await;
        } else {
            join(shop.run_job("orders.sweep"), shop.paid(order, Shop::TOTAL)).await;
        }
        let shown = shop.order(&viewer, order).await;
        let told = shop.announced().await;
        match shown.text("/order/status").as_str() {
            "PAID" => {
                paid += 1;
                assert_eq!(told, ["order.paid.v1"]);
            }
            "EXPIRED" => {
                expired += 1;
                assert_eq!(told, ["order.expired.v1"]);
            }
            other => unreachable!("{other}"),
        }
        assert_eq!(shown.at("/order/version"), 3);
    }
    assert_eq!(paid + expired, 30);
}
