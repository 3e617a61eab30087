//! Clocks that are minutes apart: tokens are good all the same, deadlines are the database's, and webhooks whose time is not
//! believed are made up for by the reconciler.

use system_tests::{RolesShop, Shopper, plenty, shared_servers};

/// A little more than the five minutes for which Stripe's signatures are believed.
const OFF: i64 = 310;

/// Ahead, right and behind: replicas of the same subgraph differ too.
fn offset(name: &str) -> Vec<(&'static str, String)> {
    let off = match name {
        "users-1" | "orders-2" | "worker-1" => OFF,
        "users-2" | "products-1" | "payments-1" | "payments-2" | "router-2" => -OFF,
        _ => 0,
    };
    vec![
        ("EMPORIUM__SHOP__CLOCK_OFFSET_SECONDS", off.to_string()),
        // Soon enough for a test.
        ("EMPORIUM__PAYMENTS__ASK_AFTER_MS", "2000".to_owned()),
        ("EMPORIUM__PAYMENTS__CUT_OFF_AFTER_MS", "3000".to_owned()),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn clocks_that_are_minutes_apart_change_nothing() {
    let _alone = system_tests::alone().await;
    let folder = tempfile::tempdir().unwrap();
    let Some(settings) = shared_servers(folder.path()) else {
        return;
    };
    let shop = RolesShop::start_with(&settings, offset).await;
    let doors = shop.doors();
    let variant = plenty(&doors[0], "coffee").await;
    for round in 0..6 {
        // Each from another door, and from replicas whose clocks differ.
        let shopper = Shopper::register(&doors[round % doors.len()]).await;
        let order = shopper.order(&variant, 1).await;
        let paid = shopper.pay(&order).await;
        assert_eq!(paid.at("/order/status"), "PAID");
    }
    // A method that only a webhook, or the reconciler, can bring to its end.
    let shopper = Shopper::register(&doors[1]).await;
    let order = shopper.order(&variant, 1).await;
    shopper.wait_for(&order, "AWAITING_PAYMENT").await;
    let payment = shopper.create_payment(&order).await;
    let confirmed = shopper
        .confirm(&payment, "pm_usBankAccount_success", &system_tests::key())
        .await;
    assert_eq!(
        confirmed.at("/confirmPayment/payment/status"),
        "PROCESSING",
        "{confirmed:?}"
    );
    // The reconciler asks what no webhook could tell.
    shopper.wait_for(&order, "PAID").await;
    let (holds, said) = shop.command(&["doctor", "--invariants"]);
    assert!(holds, "{said}");
}
