//! `updateCategory`.

use serde_json::{Value, json};

use crate::{
    create_category::make,
    shop::{App, mutate, refusal, start},
};

async fn update(app: &App, input: Value) -> testkit::Answer {
    mutate(
        app,
        "updateCategory",
        "UpdateCategoryInput",
        "category { name version parent { name } ancestors { name } }",
        input,
    )
    .await
}

#[tokio::test]
async fn move_but_never_below_themselves() {
    let app = start().await;
    let home = make(&app, "Home", None, 0).await;
    let light = make(&app, "Lighting", Some(&home), 0).await;
    let cycle = update(&app, json!({ "categoryId": home, "parentId": light })).await;
    assert_eq!(refusal(&cycle), "InvalidInput");
    let moved = update(
        &app,
        json!({ "categoryId": light, "parentId": null, "name": "Lights", "ifVersion": 1 }),
    )
    .await;
    assert_eq!(
        moved.at("/updateCategory/category"),
        &json!({ "name": "Lights", "version": 2, "parent": null, "ancestors": [] })
    );
    let stale = update(
        &app,
        json!({ "categoryId": light, "name": "Lamps", "ifVersion": 1 }),
    )
    .await;
    assert_eq!(
        (
            refusal(&stale).as_str(),
            stale.at("/updateCategory/userErrors/0/current")
        ),
        ("StaleVersion", &json!(2))
    );
    assert_eq!(
        refusal(&update(&app, json!({ "categoryId": light, "slug": "home" })).await),
        "SlugTaken"
    );
}
