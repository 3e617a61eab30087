//! `order.expired.v1`.

use crate::shop::{expired, kinds, ledger_sums, levels, lines, placed, start, stocked};

#[tokio::test]
async fn an_order_that_ends_gives_its_stock_back_once() {
    let app = start().await;
    let lamp = stocked(&app, "lamp", 5).await;
    let order = app.clock.id();
    app.deliver(&placed(order, lines(&[(&lamp, 2)]), 900_000))
        .await;
    app.ignore_events().await;
    app.deliver(&expired(order)).await;
    app.deliver(&expired(order)).await;
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
