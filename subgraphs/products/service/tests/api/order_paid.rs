//! `order.paid.v1`.

use events::products::InventoryCommitFailed;

use crate::shop::{
    cancelled, expired, kinds, ledger_sums, levels, lines, paid, placed, start, stocked,
};

#[tokio::test]
async fn what_was_reserved_is_deducted_once() {
    let app = start().await;
    let (lamp, spoon) = (
        stocked(&app, "lamp", 5).await,
        stocked(&app, "spoon", 9).await,
    );
    let (order, of) = (app.clock.id(), lines(&[(&lamp, 2), (&spoon, 4)]));
    app.deliver(&placed(order, of.clone(), 900_000)).await;
    app.ignore_events().await;
    let before = app.database.stats().statements;
    app.deliver(&paid(order, of.clone())).await;
    let asked = app.database.stats().statements - before;
    assert!(asked <= 6, "{asked} statements for two lines");
    let events = app.events().await;
    assert_eq!(
        kinds(&events),
        [
            "inventory.committed.v1",
            "stock.changed.v1",
            "stock.changed.v1"
        ]
    );
    assert_eq!(
        (levels(&app, &lamp).await, levels(&app, &spoon).await),
        ((3, 0), (5, 0))
    );
    assert_eq!(ledger_sums(&app, &lamp).await, (3, 0));
    app.deliver(&paid(order, of)).await;
    assert!(
        app.events().await.is_empty(),
        "paying twice changes nothing"
    );
    assert_eq!(levels(&app, &lamp).await, (3, 0));
}

#[tokio::test]
async fn a_payment_without_reservation_takes_what_is_there_or_says_that_it_is_gone() {
    let app = start().await;
    let lamp = stocked(&app, "lamp", 2).await;
    let (late, of) = (app.clock.id(), lines(&[(&lamp, 2)]));
    app.deliver(&placed(late, of.clone(), 900_000)).await;
    app.deliver(&expired(late)).await;
    app.ignore_events().await;
    app.deliver(&paid(late, of)).await;
    let events = app.events().await;
    assert_eq!(
        (kinds(&events)[0], events[0].sequence),
        ("inventory.committed.v1", 3)
    );
    assert_eq!(
        (levels(&app, &lamp).await, ledger_sums(&app, &lamp).await),
        ((0, 0), (0, 0))
    );

    let (unknown, of) = (app.clock.id(), lines(&[(&lamp, 1)]));
    app.deliver(&paid(unknown, of.clone())).await;
    let events = app.events().await;
    assert_eq!(
        (kinds(&events), events[0].sequence),
        (vec!["inventory.commit_failed.v1"], 1)
    );
    let failed: InventoryCommitFailed = events[0].parse().unwrap();
    assert_eq!(
        (failed.lines[0].line_id, failed.lines[0].available),
        (of[0].line_id, 0)
    );
    app.deliver(&cancelled(unknown, true)).await;
    assert!(
        app.events().await.is_empty(),
        "nothing was taken, so nothing goes back"
    );
}
