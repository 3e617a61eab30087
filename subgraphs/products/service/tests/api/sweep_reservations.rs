//! The job that ends reservations whose time is over.

use serving::{Serving, config::Settings};
use testkit::{TestApp, until};

use crate::{
    reserve_stock::reserve,
    shop::{App, kinds, ledger_sums, levels, lines, placed, stocked},
};

#[tokio::test]
async fn are_given_back_when_their_time_is_over() {
    let app: App =
        TestApp::start_with(Settings::default().with("products", "reservation_grace_seconds", 0))
            .await;
    let lamp = stocked(&app, "lamp", 5).await;
    reserve(&app, &[(&lamp, 1)], 60).await;
    let order = app.clock.id();
    app.deliver(&placed(order, lines(&[(&lamp, 2)]), 1)).await;
    assert_eq!(levels(&app, &lamp).await, (5, 3));
    app.ignore_events().await;
    let sweep = app
        .served
        .jobs()
        .into_iter()
        .find(|job| job.name == "products.sweep_reservations")
        .unwrap();
    until("the order's reservation to expire", async || {
        (sweep.run)().await.unwrap();
        (levels(&app, &lamp).await == (5, 1)).then_some(())
    })
    .await;
    let events = app.events().await;
    assert_eq!(
        kinds(&events),
        ["inventory.released.v1", "stock.changed.v1"]
    );
    assert_eq!((events[0].aggregate_id, events[0].sequence), (order, 2));
    assert_eq!(ledger_sums(&app, &lamp).await, (5, 1));
}
