//! `archiveProduct`.

use serde_json::json;

use crate::shop::{mutate, start, stocked};

#[tokio::test]
async fn what_was_archived_stays_readable_by_reference() {
    let app = start().await;
    let goods = stocked(&app, "lamp", 3).await;
    mutate(
        &app,
        "archiveProduct",
        "ArchiveProductInput",
        "replayed",
        json!({ "productId": goods.product }),
    )
    .await;
    app.ignore_events().await;
    let of = json!({ "of": [{ "__typename": "Variant", "id": goods.variant }] });
    let entities = "query($of: [_Any!]!) { _entities(representations: $of) { ... on Variant { sku product { name } } } }";
    let answer = app.graphql(entities).variables(of).send().await;
    assert_eq!(
        answer.at("/_entities/0"),
        &json!({ "sku": "LAMP", "product": { "name": "lamp" } })
    );
    let public = app
        .graphql("{ product(by: { slug: \"lamp\" }) { name } }")
        .send()
        .await;
    assert!(public.at("/product").is_null());
}
