use identity::Viewer;
use serde_json::json;
use testkit::staff;

use crate::shop::{Shop, gid, id, key, refusals, shopper};

#[tokio::test]
async fn a_customer_cancels_until_it_is_shipped() {
    let shop = Shop::open().await;
    let viewer = shopper();
    for paid in [false, true] {
        let order = shop.ordered(&viewer).await;
        shop.reserved(order).await;
        if paid {
            shop.paid(order, Shop::TOTAL).await;
        }
        let input = json!({ "orderId": gid("Order", order), "idempotencyKey": key() });
        let answer = shop
            .order_mutation(&viewer, "cancelOrder", input.clone())
            .await;
        assert_eq!(answer.at("/cancelOrder/order/status"), "CANCELLED");
        let again = shop.order_mutation(&viewer, "cancelOrder", input).await;
        assert_eq!(again.at("/cancelOrder/replayed"), true);
        assert_eq!(refusals(&again), [""; 0]);
        let shown = shop.order(&viewer, order).await;
        assert_eq!(shown.at("/order/cancellation/by"), "CUSTOMER");
        let owed = if paid {
            json!({ "units": Shop::TOTAL })
        } else {
            json!(null)
        };
        assert_eq!(shown.at("/order/cancellation/refund"), &owed);
    }
    let shipped = shop.ordered(&viewer).await;
    shop.reserved(shipped).await;
    shop.paid(shipped, Shop::TOTAL).await;
    shop.order_mutation(
        &staff(),
        "shipOrder",
        json!({ "orderId": gid("Order", shipped) }),
    )
    .await;
    let answer = shop
        .order_mutation(
            &viewer,
            "cancelOrder",
            json!({ "orderId": gid("Order", shipped) }),
        )
        .await;
    assert_eq!(refusals(&answer), ["InvalidTransition"]);
    assert_eq!(
        answer.at("/cancelOrder/userErrors/0/nextStates"),
        &json!(["DELIVERED"])
    );
    shop.app.ignore_events().await;
}

#[tokio::test]
async fn staff_says_why() {
    let shop = Shop::open().await;
    let viewer = shopper();
    let order = shop.ordered(&viewer).await;
    let cancel = async |reason: &str| {
        let input = json!({ "orderId": gid("Order", order), "reason": reason });
        shop.order_mutation(&staff(), "cancelOrder", input).await
    };
    for reason in ["", "  ", &"x".repeat(501), "two\nlines"] {
        assert_eq!(
            refusals(&cancel(reason).await),
            ["InvalidInput"],
            "{reason}"
        );
    }
    assert_eq!(
        cancel("the last one broke")
            .await
            .at("/cancelOrder/order/status"),
        "CANCELLED"
    );
    let shown = shop.order(&viewer, order).await;
    assert_eq!(shown.at("/order/cancellation/by"), "STAFF");
    assert_eq!(shown.at("/order/events/1/reason"), "the last one broke");
    shop.app.ignore_events().await;
}

#[tokio::test]
async fn someone_elses_order_is_not_found() {
    let shop = Shop::open().await;
    let viewer = shopper();
    let order = shop.ordered(&viewer).await;
    let cancel = async |viewer: &Viewer, order: String, version: i32| {
        let input = json!({ "orderId": order, "ifVersion": version });
        shop.order_mutation(viewer, "cancelOrder", input).await
    };
    assert_eq!(
        cancel(&shopper(), gid("Order", order), 1).await.code(),
        "NOT_FOUND"
    );
    assert_eq!(
        cancel(&viewer, gid("Order", id()), 1).await.code(),
        "NOT_FOUND"
    );
    assert_eq!(
        cancel(&Viewer::Anonymous, gid("Order", order), 1)
            .await
            .code(),
        "UNAUTHENTICATED"
    );
    assert_eq!(
        refusals(&cancel(&viewer, gid("Order", order), 2).await),
        ["StaleVersion"]
    );
    assert_eq!(shop.status(&viewer, order).await, "PENDING");
    shop.app.ignore_events().await;
}
