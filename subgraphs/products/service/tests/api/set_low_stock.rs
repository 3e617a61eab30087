//! `setLowStock`, and the events that a threshold makes.

use events::{
    Envelope,
    products::{StockLow, StockReplenished},
};
use serde_json::json;
use testkit::{Answer, staff};

use crate::shop::{App, Goods, kinds, lines, mutate, placed, refusal, start, stocked};

async fn set(app: &App, goods: &Goods, threshold: Option<i64>) -> Answer {
    let input = json!({ "variantId": goods.variant, "threshold": threshold, "idempotencyKey": app.clock.id() });
    let answer = mutate(
        app,
        "setLowStock",
        "SetLowStockInput",
        "stock { lowStockThreshold }",
        input,
    );
    answer.await
}

async fn adjust(app: &App, goods: &Goods, delta: i64) -> Vec<Envelope> {
    let input = json!({ "variantId": goods.variant, "delta": delta, "reason": "counted", "idempotencyKey": app.clock.id() });
    let answer = mutate(app, "adjustStock", "AdjustStockInput", "", input).await;
    assert_eq!(refusal(&answer), "");
    app.events().await
}

fn contiguous(events: &[Envelope], from: i64) {
    let told: Vec<i64> = events.iter().map(|event| event.sequence).collect();
    let expected: Vec<i64> = (from..).take(events.len()).collect();
    assert_eq!(told, expected);
}

#[tokio::test]
async fn few_left_is_announced_once_and_again_only_after_there_were_more() {
    let app = start().await;
    let lamp = stocked(&app, "lamp", 10).await;
    let answer = set(&app, &lamp, Some(3)).await;
    assert_eq!(answer.at("/setLowStock/stock/lowStockThreshold"), 3);
    let mut events = adjust(&app, &lamp, -6).await;
    assert_eq!(kinds(&events), ["stock.changed.v1"]);
    events.extend(adjust(&app, &lamp, -1).await);
    assert_eq!(kinds(&events[1..]), ["stock.changed.v1", "stock.low.v1"]);
    let low: StockLow = events[2].parse().unwrap();
    assert_eq!((low.available, low.threshold), (3, 3));
    events.extend(adjust(&app, &lamp, -2).await);
    assert_eq!(kinds(&events[3..]), ["stock.changed.v1"], "once");
    events.extend(adjust(&app, &lamp, 9).await);
    let rose: StockReplenished = events[5].parse().unwrap();
    assert_eq!(rose.available, 10);
    events.extend(adjust(&app, &lamp, -8).await);
    assert_eq!(
        kinds(&events[6..]),
        ["stock.changed.v1", "stock.low.v1"],
        "again"
    );
    contiguous(&events, 2);
}

#[tokio::test]
async fn a_threshold_may_make_the_stock_as_it_is_low() {
    let app = start().await;
    let lamp = stocked(&app, "lamp", 4).await;
    let change = async |threshold| {
        assert_eq!(refusal(&set(&app, &lamp, threshold).await), "");
        app.events().await
    };
    let mut events = change(Some(4)).await;
    assert_eq!(kinds(&events), ["stock.low.v1"]);
    assert!(change(Some(5)).await.is_empty());
    events.extend(change(Some(1)).await);
    events.extend(change(Some(9)).await);
    events.extend(change(None).await);
    assert_eq!(
        kinds(&events[1..]),
        [
            "stock.replenished.v1",
            "stock.low.v1",
            "stock.replenished.v1"
        ]
    );
    contiguous(&events, 2);
    assert_eq!(
        kinds(&adjust(&app, &lamp, -4).await),
        ["stock.changed.v1"],
        "never"
    );
    assert_eq!(refusal(&set(&app, &lamp, Some(-1)).await), "InvalidInput");
}

#[tokio::test]
async fn many_at_once_cross_the_threshold_once() {
    let app = start().await;
    let lamp = stocked(&app, "lamp", 40).await;
    assert_eq!(refusal(&set(&app, &lamp, Some(10)).await), "");
    let orders = (0..30).map(|_| {
        let order = placed(app.clock.id(), lines(&[(&lamp, 1)]), 60_000);
        let app = &app;
        async move { app.deliver(&order).await }
    });
    futures::future::join_all(orders).await;
    let events = app.events().await;
    let of_lamp: Vec<Envelope> = events
        .into_iter()
        .filter(|event| event.aggregate_id == lamp.variant_key)
        .collect();
    let low: Vec<&Envelope> = of_lamp
        .iter()
        .filter(|event| event.kind == "stock.low.v1")
        .collect();
    assert_eq!(low.len(), 1);
    let told: StockLow = low[0].parse().unwrap();
    assert_eq!(told.available, 10);
    contiguous(&of_lamp, 2);
}

#[tokio::test]
async fn an_order_that_falls_short_of_another_line_announces_nothing() {
    let app = start().await;
    let lamp = stocked(&app, "lamp", 5).await;
    let shade = stocked(&app, "shade", 1).await;
    assert_eq!(refusal(&set(&app, &lamp, Some(3)).await), "");
    let order = placed(app.clock.id(), lines(&[(&lamp, 4), (&shade, 2)]), 60_000);
    app.deliver(&order).await;
    assert_eq!(kinds(&app.events().await), ["inventory.rejected.v1"]);
    let events = adjust(&app, &lamp, 1).await;
    contiguous(&events, 2);
}

#[tokio::test]
async fn the_threshold_is_for_staff_and_keys_give_the_first_outcome() {
    let app = start().await;
    let lamp = stocked(&app, "lamp", 4).await;
    let answer = app
        .graphql("query($ids: [ID!]!) { stock(variantIds: $ids) { lowStockThreshold } }")
        .variables(json!({ "ids": [lamp.variant] }));
    assert_eq!(answer.send().await.code(), "UNAUTHENTICATED");
    let input = json!({ "input": { "variantId": lamp.variant, "threshold": 9, "idempotencyKey": app.clock.id() } });
    let document =
        "mutation($input: SetLowStockInput!) { setLowStock(input: $input) { replayed } }";
    let setter = staff();
    for replayed in [false, true] {
        let answer = app.graphql(document).variables(input.clone());
        let answer = answer.viewer(&setter).send().await;
        assert_eq!(answer.at("/setLowStock/replayed"), replayed);
    }
    assert_eq!(kinds(&app.events().await), ["stock.low.v1"]);
}
