//! `updateProduct`.

use serde_json::json;

use crate::shop::{kinds, mutate, refusal, snapshot, start, stocked};

#[tokio::test]
async fn update_changes_what_is_said_and_minds_the_version() {
    let app = start().await;
    let goods = stocked(&app, "lamp", 3).await;
    let change = json!({ "productId": goods.product, "name": "Lantern", "slug": "lantern", "brand": "Halden", "ifVersion": 1 });
    let answer = mutate(
        &app,
        "updateProduct",
        "UpdateProductInput",
        "product { name slug brand version }",
        change.clone(),
    )
    .await;
    assert_eq!(
        answer.at("/updateProduct/product"),
        &json!({ "name": "Lantern", "slug": "lantern", "brand": "Halden", "version": 2 })
    );
    let events = app.events().await;
    assert_eq!(
        (
            kinds(&events),
            snapshot(&events).version,
            events[0].sequence
        ),
        (vec!["product.changed.v1"], 2, 2)
    );
    let stale = mutate(
        &app,
        "updateProduct",
        "UpdateProductInput",
        "product { name }",
        change,
    )
    .await;
    assert_eq!(
        (
            refusal(&stale).as_str(),
            stale.at("/updateProduct/userErrors/0/current")
        ),
        ("StaleVersion", &json!(2))
    );
    let same = json!({ "productId": goods.product, "name": "Lantern" });
    let answer = mutate(
        &app,
        "updateProduct",
        "UpdateProductInput",
        "product { version }",
        same,
    )
    .await;
    assert_eq!(
        answer.at("/updateProduct/product/version"),
        2,
        "what changes nothing is no change"
    );
    let bare = json!({ "productId": goods.product, "brand": null });
    let answer = mutate(
        &app,
        "updateProduct",
        "UpdateProductInput",
        "product { brand }",
        bare,
    )
    .await;
    assert!(answer.at("/updateProduct/product/brand").is_null());
    app.ignore_events().await;
    let taken = stocked(&app, "other", 1).await;
    let answer = mutate(
        &app,
        "updateProduct",
        "UpdateProductInput",
        "product { name }",
        json!({ "productId": taken.product, "slug": "lantern" }),
    )
    .await;
    assert_eq!(refusal(&answer), "SlugTaken");
    let missing = serving::graphql::global_id::encode("Product", uuid::Uuid::nil());
    let answer = mutate(
        &app,
        "updateProduct",
        "UpdateProductInput",
        "replayed",
        json!({ "productId": missing }),
    )
    .await;
    assert_eq!(answer.code(), "NOT_FOUND");
}
