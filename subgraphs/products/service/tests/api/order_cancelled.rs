//! `order.cancelled.v1`.

use crate::shop::{cancelled, kinds, ledger_sums, levels, lines, paid, placed, start, stocked};

#[tokio::test]
async fn an_order_that_ends_gives_its_stock_back_once() {
    let app = start().await;
    let lamp = stocked(&app, "lamp", 5).await;
    let order = app.clock.id();
    app.deliver(&placed(order, lines(&[(&lamp, 2)]), 900_000))
        .await;
    app.ignore_events().await;
    app.deliver(&cancelled(order, false)).await;
    app.deliver(&cancelled(order, false)).await;
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

#[tokio::test]
async fn what_was_sold_and_not_sent_comes_back_into_the_house() {
    let app = start().await;
    let lamp = stocked(&app, "lamp", 5).await;
    let (order, of) = (app.clock.id(), lines(&[(&lamp, 2)]));
    app.deliver(&placed(order, of.clone(), 900_000)).await;
    app.deliver(&paid(order, of)).await;
    app.ignore_events().await;
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
