//! `reserveStock`, `releaseReservation`, `reservation`, and the sweeper.

use serde_json::{Value, json};
use serving::{Serving, config::Settings};
use testkit::{Answer, TestApp, staff, until};

use crate::shop::{
    App, Goods, kinds, ledger_sums, levels, lines, mutate, placed, refusal, staff_only, start,
    stocked,
};

async fn reserve(app: &App, of: &[(&Goods, i64)], seconds: i64) -> Answer {
    let lines: Vec<Value> = of
        .iter()
        .map(|(goods, quantity)| json!({ "variantId": goods.variant, "quantity": quantity }))
        .collect();
    let input = json!({ "lines": lines, "seconds": seconds, "idempotencyKey": app.clock.id() });
    mutate(
        app,
        "reserveStock",
        "ReserveStockInput",
        "reservation { id state expiresAt lines { quantity variant { sku } } }",
        input,
    )
    .await
}

async fn release(app: &App, id: &str) -> Answer {
    let input = json!({ "reservationId": id, "idempotencyKey": app.clock.id() });
    mutate(
        app,
        "releaseReservation",
        "ReleaseReservationInput",
        "reservation { state }",
        input,
    )
    .await
}

#[tokio::test]
async fn hold_all_lines_or_none_and_are_released_once() {
    let app = start().await;
    let (lamp, spoon) = (
        stocked(&app, "lamp", 5).await,
        stocked(&app, "spoon", 2).await,
    );
    let held = reserve(&app, &[(&lamp, 3), (&spoon, 2)], 60).await;
    assert_eq!(held.at("/reserveStock/reservation/state"), "HELD");
    assert_eq!(
        (levels(&app, &lamp).await, levels(&app, &spoon).await),
        ((5, 3), (2, 2))
    );
    assert_eq!(
        kinds(&app.events().await),
        ["stock.changed.v1", "stock.changed.v1"]
    );
    let short = reserve(&app, &[(&lamp, 1), (&spoon, 1)], 60).await;
    assert_eq!(refusal(&short), "StockShortage");
    assert_eq!(short.at("/reserveStock/userErrors/0/available"), 0);
    assert_eq!(
        levels(&app, &lamp).await,
        (5, 3),
        "nothing of a short reservation is kept"
    );
    let id = held.text("/reserveStock/reservation/id");
    assert_eq!(
        release(&app, &id)
            .await
            .at("/releaseReservation/reservation/state"),
        "RELEASED"
    );
    assert_eq!(
        (levels(&app, &lamp).await, ledger_sums(&app, &lamp).await),
        ((5, 0), (5, 0))
    );
    assert_eq!(refusal(&release(&app, &id).await), "NotAllowed");
    let shown = app
        .graphql("query($id: ID!) { reservation(id: $id) { state } }")
        .variables(json!({ "id": id }))
        .viewer(&staff())
        .send()
        .await;
    assert_eq!(shown.at("/reservation/state"), "RELEASED");
    app.ignore_events().await;
    for (quantity, seconds) in [(0, 60), (-1, 60), (2_000_000, 60), (1, 0), (1, -5)] {
        assert_eq!(
            refusal(&reserve(&app, &[(&lamp, quantity)], seconds).await),
            "InvalidInput"
        );
    }
}

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

#[tokio::test]
async fn are_for_staff() {
    let app = start().await;
    let key = app.clock.id();
    let reserve = "mutation($key: String!) { reserveStock(input: { lines: [], idempotencyKey: $key }) { replayed } }";
    staff_only(&app, reserve, json!({ "key": key })).await;
    let release = "mutation($key: String!) { releaseReservation(input: { reservationId: \"x\", idempotencyKey: $key }) { replayed } }";
    staff_only(&app, release, json!({ "key": key })).await;
    staff_only(&app, "{ reservation(id: \"x\") { state } }", json!({})).await;
}
