//! `stock`.

use serde_json::json;

use crate::shop::{staff_only, start, stocked};

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
