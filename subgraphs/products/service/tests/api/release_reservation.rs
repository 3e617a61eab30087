//! `releaseReservation` and `reservation`.

use serde_json::json;
use testkit::{Answer, staff};

use crate::{
    reserve_stock::reserve,
    shop::{App, ledger_sums, levels, lines, mutate, paid, placed, refusal, start, stocked},
};

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
async fn takes_a_promise_back_once() {
    let app = start().await;
    let lamp = stocked(&app, "lamp", 5).await;
    let id = reserve(&app, &[(&lamp, 3)], 60)
        .await
        .text("/reserveStock/reservation/id");
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
    let document = "query($id: ID!) { reservation(id: $id) { id state expiresAt lines { quantity variant { sku } } } }";
    let shown = app
        .graphql(document)
        .variables(json!({ "id": id }))
        .viewer(&staff())
        .send()
        .await;
    let lines = json!([{ "quantity": 3, "variant": { "sku": "LAMP" } }]);
    assert_eq!(
        shown.at("/reservation"),
        &json!({ "id": id, "state": "RELEASED", "expiresAt": null, "lines": lines })
    );
    app.ignore_events().await;
}

#[tokio::test]
async fn what_an_order_bought_is_not_released_by_hand() {
    let app = start().await;
    let lamp = stocked(&app, "lamp", 5).await;
    let (order, of) = (app.clock.id(), lines(&[(&lamp, 2)]));
    app.deliver(&placed(order, of.clone(), 60_000)).await;
    app.deliver(&paid(order, of)).await;
    app.ignore_events().await;
    let id = serving::graphql::global_id::encode("Reservation", order);
    assert_eq!(refusal(&release(&app, id.as_str()).await), "NotAllowed");
    assert_eq!(levels(&app, &lamp).await, (3, 0));
}
