//! `adjustStock`.

use serde_json::json;
use testkit::staff;

use crate::shop::{kinds, ledger_sums, levels, mutate, refusal, start, stocked};

#[tokio::test]
async fn is_adjusted_with_a_reason_and_the_ledger_sums_to_it() {
    let app = start().await;
    let lamp = stocked(&app, "lamp", 3).await;
    let adjust = async |delta: i64, key: uuid::Uuid| {
        let input = json!({ "variantId": lamp.variant, "delta": delta, "reason": "delivery 4711", "idempotencyKey": key });
        mutate(
            &app,
            "adjustStock",
            "AdjustStockInput",
            "stock { onHand available }",
            input,
        )
        .await
    };
    let key = app.clock.id();
    assert_eq!(adjust(5, key).await.at("/adjustStock/stock/onHand"), 8);
    let events = app.events().await;
    assert_eq!(
        (kinds(&events), events[0].sequence),
        (vec!["stock.changed.v1"], 2)
    );
    assert_eq!(refusal(&adjust(-9, app.clock.id()).await), "StockShortage");
    assert_eq!(refusal(&adjust(0, app.clock.id()).await), "InvalidInput");
    assert_eq!(
        refusal(&adjust(i64::from(i32::MAX), app.clock.id()).await),
        "InvalidInput"
    );
    assert_eq!(
        (levels(&app, &lamp).await, ledger_sums(&app, &lamp).await),
        ((8, 0), (8, 0))
    );
}

#[tokio::test]
async fn fifty_calls_with_one_key_adjust_once() {
    let app = start().await;
    let lamp = stocked(&app, "lamp", 3).await;
    let (staff, key) = (staff(), app.clock.id());
    let document = "mutation($input: AdjustStockInput!) { adjustStock(input: $input) { replayed stock { onHand } userErrors { __typename } } }";
    let input = json!({ "input": { "variantId": lamp.variant, "delta": 5, "reason": "delivery", "idempotencyKey": key } });
    let calls = (0..50).map(|_| {
        app.graphql(document)
            .variables(input.clone())
            .viewer(&staff)
            .send()
    });
    let answers = futures::future::join_all(calls).await;
    let replayed = answers
        .iter()
        .filter(|answer| answer.at("/adjustStock/replayed") == &json!(true))
        .count();
    assert_eq!(replayed, 49);
    assert!(
        answers
            .iter()
            .all(|answer| answer.at("/adjustStock/stock/onHand") == 8)
    );
    assert_eq!(
        (levels(&app, &lamp).await, app.events().await.len()),
        ((8, 0), 1)
    );
    let other = json!({ "input": { "variantId": lamp.variant, "delta": 6, "reason": "delivery", "idempotencyKey": key } });
    let answer = app
        .graphql(document)
        .variables(other)
        .viewer(&staff)
        .send()
        .await;
    assert_eq!(refusal(&answer), "IdempotencyConflict");
}
