//! `bulkCreateProducts`.

use serde_json::json;

use crate::shop::{kinds, mutate, refusal, simple, staff_only, start, stocked};

const ROWS: &str = "rows { product { slug state variants { sku } } userErrors { __typename message ... on InvalidInput { path } } }";

#[tokio::test]
async fn what_is_right_is_made_and_each_wrong_row_tells_why() {
    let app = start().await;
    stocked(&app, "taken", 1).await;
    let products = json!([
        simple("good", "good", 100, 1),
        { "name": "" },
        simple("taken", "taken", 100, 1),
        simple("good", "good", 100, 1),
        simple("fine", "fine", 100, 1),
    ]);
    let before = app.database.stats().transactions;
    let answer = mutate(
        &app,
        "bulkCreateProducts",
        "BulkCreateProductsInput",
        ROWS,
        json!({ "products": products }),
    )
    .await;
    assert_eq!(app.database.stats().transactions - before, 1);
    let rows = answer.at("/bulkCreateProducts/rows").as_array().unwrap();
    let told: Vec<_> = rows
        .iter()
        .map(|row| {
            row["product"]["slug"]
                .as_str()
                .or(row["userErrors"][0]["__typename"].as_str())
                .unwrap()
        })
        .collect();
    assert_eq!(
        told,
        ["good", "InvalidInput", "SlugTaken", "SlugTaken", "fine"]
    );
    assert!(
        rows[1]["userErrors"]
            .to_string()
            .contains(r#"["input","products","1","name"]"#),
        "{rows:?}"
    );
    let events = app.events().await;
    assert_eq!(
        kinds(&events)
            .iter()
            .filter(|kind| **kind == "product.changed.v1")
            .count(),
        2
    );
}

#[tokio::test]
async fn is_bounded_and_for_staff() {
    let app = start().await;
    let none = mutate(
        &app,
        "bulkCreateProducts",
        "BulkCreateProductsInput",
        ROWS,
        json!({ "products": [] }),
    )
    .await;
    assert_eq!(refusal(&none), "InvalidInput");
    let many = vec![simple("a", "a", 1, 1); 201];
    let many = mutate(
        &app,
        "bulkCreateProducts",
        "BulkCreateProductsInput",
        ROWS,
        json!({ "products": many }),
    )
    .await;
    assert_eq!(refusal(&many), "InvalidInput");
    let document =
        "mutation { bulkCreateProducts(input: { products: [{ name: \"x\" }] }) { replayed } }";
    staff_only(&app, document, json!({})).await;
}
