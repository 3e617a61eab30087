//! `refundPayment`.

use identity::{Scope, Viewer};
use serde_json::json;
use stripe_emulator::ApiSwitches;

use crate::shop::{Shop, TOTAL, refusals};

#[tokio::test]
async fn the_staff_gives_all_of_it_back_once() {
    let shop = Shop::open().await;
    let customer = shop.customer().await;
    let payment = shop.paid(&customer).await;
    shop.pay_order(&customer, &payment).await;
    let staff = testkit::with_scopes(&[Scope::PaymentsManage]);
    let key = shop.app.clock.id();
    for replayed in [false, true] {
        let answer = shop.refund(&staff, &payment, key).await;
        assert_eq!(answer.at("/refundPayment/replayed"), replayed);
        assert_eq!(answer.at("/refundPayment/userErrors"), &json!([]));
        let payment = answer.at("/refundPayment/payment");
        assert_eq!(payment["status"], "SUCCEEDED");
        assert_eq!(payment["refunded"]["units"], TOTAL);
        assert_eq!(payment["refunds"][0]["status"], "SUCCEEDED");
        assert_eq!(payment["refunds"][0]["reason"], "STAFF");
    }
    let answer = shop.refund(&staff, &payment, shop.app.clock.id()).await;
    assert_eq!(
        answer.at("/refundPayment/userErrors/0/reason"),
        "ALREADY_REFUNDED"
    );
    assert_eq!(
        shop.stripe("/refunds").await["data"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let events = shop.app.events().await;
    let refunded = events.last().unwrap();
    assert_eq!(refunded.kind, "payment.refunded.v1");
    assert_eq!(refunded.data["total_refunded"]["units"], TOTAL);
    assert_eq!(events.len(), 3);
}

#[tokio::test]
async fn nothing_goes_back_that_was_not_captured() {
    let shop = Shop::open().await;
    let customer = shop.customer().await;
    let payment = shop.created(&customer).await;
    let answer = shop
        .refund(&testkit::staff(), &payment, shop.app.clock.id())
        .await;
    assert_eq!(refusals(&answer, "refundPayment"), ["RefundNotPossible"]);
    assert_eq!(
        answer.at("/refundPayment/userErrors/0/reason"),
        "NOTHING_CAPTURED"
    );
    shop.app.ignore_events().await;
}

#[tokio::test]
async fn a_key_with_another_payment_is_a_conflict() {
    let shop = Shop::open().await;
    let (one, other) = (shop.customer().await, shop.customer().await);
    let (one, other) = (shop.paid(&one).await, shop.paid(&other).await);
    let (staff, key) = (testkit::staff(), shop.app.clock.id());
    shop.refund(&staff, &one, key).await;
    let answer = shop.refund(&staff, &other, key).await;
    assert_eq!(refusals(&answer, "refundPayment"), ["IdempotencyConflict"]);
    assert_eq!(
        shop.stripe("/refunds").await["data"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    shop.app.ignore_events().await;
}

#[tokio::test]
async fn only_the_staff_of_payments_may() {
    let shop = Shop::open().await;
    let customer = shop.customer().await;
    let payment = shop.paid(&customer).await;
    let others = [
        Scope::CatalogWrite,
        Scope::InventoryWrite,
        Scope::OrdersManage,
        Scope::UsersManage,
    ];
    for viewer in [customer.viewer.clone(), testkit::with_scopes(&others)] {
        assert_eq!(
            shop.refund(&viewer, &payment, shop.app.clock.id())
                .await
                .code(),
            "FORBIDDEN"
        );
    }
    let answer = shop
        .refund(&Viewer::Anonymous, &payment, shop.app.clock.id())
        .await;
    assert_eq!(answer.code(), "UNAUTHENTICATED");
    let nothing = serving::graphql::global_id::encode("Payment", shop.app.clock.id());
    assert_eq!(
        shop.refund(&testkit::staff(), &nothing, shop.app.clock.id())
            .await
            .code(),
        "NOT_FOUND"
    );
    assert_eq!(
        shop.refund(&customer.viewer, &nothing, shop.app.clock.id())
            .await
            .code(),
        "FORBIDDEN"
    );
    assert_eq!(shop.stripe("/refunds").await["data"], json!([]));
    shop.app.ignore_events().await;
}

#[tokio::test]
async fn a_refund_whose_answer_was_lost_is_made_once() {
    for api in [
        ApiSwitches {
            fail_after: 1,
            ..ApiSwitches::default()
        },
        ApiSwitches {
            cut_after: 2,
            ..ApiSwitches::default()
        },
        ApiSwitches {
            fail_before: 2,
            ..ApiSwitches::default()
        },
    ] {
        let shop = Shop::deaf().await;
        let customer = shop.customer().await;
        let payment = shop.paid(&customer).await;
        shop.disturb_api(ApiSwitches {
            only: "POST /v1/refunds".to_owned(),
            ..api
        });
        let answer = shop
            .refund(&testkit::staff(), &payment, shop.app.clock.id())
            .await;
        assert_eq!(answer.at("/refundPayment/userErrors"), &json!([]));
        testkit::until("the refund", async || {
            shop.run_job("payments.reconcile").await;
            let seen = shop.look(&customer, &payment).await;
            (seen["refunds"][0]["status"] == "SUCCEEDED").then_some(())
        })
        .await;
        assert_eq!(
            shop.stripe("/refunds").await["data"]
                .as_array()
                .unwrap()
                .len(),
            1
        );
        assert_eq!(shop.announced().await.len(), 3);
    }
}
