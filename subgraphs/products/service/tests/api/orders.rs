//! What products does about orders: `order.placed`, `order.paid`, `order.cancelled`, `order.expired`.

use events::products::{InventoryCommitFailed, InventoryRejected, InventoryReserved, StockChanged};
use serde_json::json;

use crate::shop::{
    cancelled, expired, kinds, ledger_sums, levels, lines, mutate, paid, placed, start, stocked,
};

#[tokio::test]
async fn an_order_is_reserved_whole_and_deducted_when_paid() {
    let app = start().await;
    let (lamp, spoon) = (
        stocked(&app, "lamp", 5).await,
        stocked(&app, "spoon", 9).await,
    );
    let (order, of) = (app.clock.id(), lines(&[(&lamp, 2), (&spoon, 4)]));
    app.deliver(&placed(order, of.clone(), 900_000)).await;
    let events = app.events().await;
    assert_eq!(
        kinds(&events),
        [
            "inventory.reserved.v1",
            "stock.changed.v1",
            "stock.changed.v1"
        ]
    );
    let reserved: InventoryReserved = events[0].parse().unwrap();
    assert_eq!(
        (
            events[0].aggregate_id,
            events[0].sequence,
            reserved.lines.len()
        ),
        (order, 1, 2)
    );
    assert!(
        reserved.expires_at > app.clock.now().plus(std::time::Duration::from_secs(1_000)),
        "deadline plus grace"
    );
    let stock: StockChanged = events[1].parse().unwrap();
    assert_eq!(
        (
            stock.on_hand - stock.reserved,
            stock.version,
            events[1].sequence
        ),
        (stock.available, 2, 2)
    );
    assert_eq!(
        (levels(&app, &lamp).await, levels(&app, &spoon).await),
        ((5, 2), (9, 4))
    );

    app.deliver(&paid(order, of.clone())).await;
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

    app.deliver(&cancelled(order, true)).await;
    assert_eq!(kinds(&app.events().await)[0], "inventory.released.v1");
    assert_eq!(
        (levels(&app, &lamp).await, ledger_sums(&app, &lamp).await),
        ((5, 0), (5, 0))
    );
    app.deliver(&cancelled(order, true)).await;
    assert_eq!(levels(&app, &lamp).await, (5, 0), "stock goes back once");
    assert!(app.events().await.is_empty());
}

#[tokio::test]
async fn a_short_order_gets_nothing_and_hears_how_many_were_left() {
    let app = start().await;
    let (lamp, spoon) = (
        stocked(&app, "lamp", 5).await,
        stocked(&app, "spoon", 1).await,
    );
    let (order, of) = (app.clock.id(), lines(&[(&lamp, 2), (&spoon, 4)]));
    app.deliver(&placed(order, of.clone(), 900_000)).await;
    let events = app.events().await;
    assert_eq!(kinds(&events), ["inventory.rejected.v1"]);
    let rejected: InventoryRejected = events[0].parse().unwrap();
    assert_eq!(rejected.lines.len(), 1);
    let line = &rejected.lines[0];
    assert_eq!(
        (line.line_id, line.requested, line.available),
        (of[1].line_id, 4, 1)
    );
    assert_eq!(
        (levels(&app, &lamp).await, ledger_sums(&app, &lamp).await),
        ((5, 0), (5, 0))
    );
    app.deliver(&cancelled(order, false)).await;
    assert!(app.events().await.is_empty());
}

#[tokio::test]
async fn an_order_that_ends_gives_its_stock_back_once() {
    let app = start().await;
    let lamp = stocked(&app, "lamp", 5).await;
    for end in [cancelled, |order, _| expired(order)] {
        let order = app.clock.id();
        app.deliver(&placed(order, lines(&[(&lamp, 2)]), 900_000))
            .await;
        app.ignore_events().await;
        app.deliver(&end(order, false)).await;
        app.deliver(&end(order, false)).await;
        let events = app.events().await;
        assert_eq!(
            kinds(&events),
            ["inventory.released.v1", "stock.changed.v1"]
        );
        assert_eq!(events[0].sequence, 2);
        assert_eq!(
            (levels(&app, &lamp).await, ledger_sums(&app, &lamp).await),
            ((5, 0), (5, 0))
        );
    }
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

#[tokio::test]
async fn a_flash_sale_sells_what_there_is_and_not_one_more() {
    let app = start().await;
    let lamp = stocked(&app, "lamp", 50).await;
    let orders: Vec<_> = (0..200)
        .map(|_| placed(app.clock.id(), lines(&[(&lamp, 1)]), 900_000))
        .collect();
    let before = app.database.stats().statements;
    for order in &orders {
        app.deliver(order).await;
    }
    let each = (app.database.stats().statements - before).div_ceil(200);
    assert!(each <= 5, "{each} statements an order");
    let events = app.events().await;
    let count = |kind: &str| events.iter().filter(|event| event.kind == kind).count();
    assert_eq!(
        (
            count("inventory.reserved.v1"),
            count("inventory.rejected.v1"),
            count("stock.changed.v1")
        ),
        (50, 150, 50)
    );
    assert_eq!(levels(&app, &lamp).await, (50, 50));
    let sequences: Vec<i64> = events
        .iter()
        .filter(|event| event.kind == "stock.changed.v1")
        .map(|event| event.sequence)
        .collect();
    assert_eq!(sequences, (2..=51).collect::<Vec<_>>(), "without a gap");
}

#[tokio::test]
async fn concurrent_reservations_never_oversell() {
    let app = start().await;
    let (lamp, spoon) = (
        stocked(&app, "lamp", 10).await,
        stocked(&app, "spoon", 15).await,
    );
    let tries = (0..30).map(|number| {
        let (app, lamp, spoon) = (&app, &lamp, &spoon);
        async move {
            let two = if number % 2 == 0 {
                [lamp, spoon]
            } else {
                [spoon, lamp]
            };
            let lines: Vec<_> = two
                .iter()
                .map(|goods| json!({ "variantId": goods.variant, "quantity": 1 }))
                .collect();
            let input = json!({ "lines": lines, "idempotencyKey": app.clock.id() });
            let answer = mutate(
                app,
                "reserveStock",
                "ReserveStockInput",
                "reservation { id }",
                input,
            )
            .await;
            usize::from(!answer.at("/reserveStock/reservation").is_null())
        }
    });
    let held: usize = futures::future::join_all(tries).await.into_iter().sum();
    assert_eq!(
        (held, levels(&app, &lamp).await, levels(&app, &spoon).await),
        (10, (10, 10), (15, 10))
    );
    app.ignore_events().await;
}
