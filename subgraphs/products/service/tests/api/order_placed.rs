//! `order.placed.v1`.

use events::products::{InventoryRejected, InventoryReserved, StockChanged};

use crate::shop::{cancelled, kinds, ledger_sums, levels, lines, placed, start, stocked};

#[tokio::test]
async fn an_order_is_reserved_whole() {
    let app = start().await;
    let (lamp, spoon) = (
        stocked(&app, "lamp", 5).await,
        stocked(&app, "spoon", 9).await,
    );
    let (order, of) = (app.clock.id(), lines(&[(&lamp, 2), (&spoon, 4)]));
    app.deliver(&placed(order, of, 900_000)).await;
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
