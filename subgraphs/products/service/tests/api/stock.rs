//! `stock`, `stockLedger`, `adjustStock`.

use serde_json::json;
use testkit::staff;

use crate::shop::{kinds, ledger_sums, levels, mutate, refusal, staff_only, start, stocked};

#[tokio::test]
async fn is_looked_up_for_many_variants_at_once() {
    let app = start().await;
    let (lamp, spoon) = (
        stocked(&app, "lamp", 3).await,
        stocked(&app, "spoon", 0).await,
    );
    let before = app.database.stats().statements;
    let answer = app
        .graphql("query($ids: [ID!]!) { stock(variantIds: $ids) { available inStock } }")
        .variables(json!({ "ids": [spoon.variant, lamp.variant] }))
        .send()
        .await;
    assert_eq!(app.database.stats().statements - before, 1);
    assert_eq!(
        answer.at("/stock"),
        &json!([{ "available": 0, "inStock": false }, { "available": 3, "inStock": true }])
    );
    let whose = app
        .graphql("query($ids: [ID!]!) { stock(variantIds: $ids) { variant { sku } } }")
        .variables(json!({ "ids": [lamp.variant] }))
        .send()
        .await;
    assert_eq!(whose.at("/stock/0/variant/sku"), "LAMP");
    let inside = "query($ids: [ID!]!) { stock(variantIds: $ids) { onHand } }";
    staff_only(&app, inside, json!({ "ids": [lamp.variant] })).await;
    staff_only(
        &app,
        "query($ids: [ID!]!) { stock(variantIds: $ids) { reserved } }",
        json!({ "ids": [lamp.variant] }),
    )
    .await;
}

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
    let ledger = "query($id: ID!, $first: Int, $after: String) { stockLedger(variantId: $id, first: $first, after: $after) {
        nodes { number kind onHandChange onHand reason actorId } edges { cursor } pageInfo { hasNextPage endCursor } } }";
    let read = async |after: Option<&str>| {
        let variables = json!({ "id": lamp.variant, "first": 1, "after": after });
        app.graphql(ledger)
            .variables(variables)
            .viewer(&staff())
            .send()
            .await
    };
    let newest = read(None).await;
    assert_eq!(newest.at("/stockLedger/nodes/0/reason"), "delivery 4711");
    assert_eq!(newest.at("/stockLedger/nodes/0/onHandChange"), 5);
    let oldest = read(Some(&newest.text("/stockLedger/pageInfo/endCursor"))).await;
    assert_eq!(oldest.at("/stockLedger/nodes/0/number"), 1);
    assert_eq!(
        oldest.at("/stockLedger/pageInfo/hasNextPage"),
        &json!(false)
    );
    staff_only(&app, ledger, json!({ "id": lamp.variant })).await;
    let document = "mutation($id: ID!) { adjustStock(input: { variantId: $id, delta: 1, reason: \"x\", idempotencyKey: \"8b4bd3f0-3a4c-4d3c-9d43-0c6a1f3c2f11\" }) { replayed } }";
    staff_only(&app, document, json!({ "id": lamp.variant })).await;
}
