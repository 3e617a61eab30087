//! `categories`, `category`, `createCategory`, `updateCategory`, `deleteCategory`.

use serde_json::{Value, json};

use crate::shop::{App, goods, mutate, refusal, simple, staff_only, start};

async fn make(app: &App, name: &str, parent: Option<&str>, position: i32) -> String {
    let input = json!({ "name": name, "parentId": parent, "position": position });
    mutate(
        app,
        "createCategory",
        "CreateCategoryInput",
        "category { id }",
        input,
    )
    .await
    .text("/createCategory/category/id")
}

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
async fn make_a_tree_that_is_read_in_one_statement() {
    let app = start().await;
    let home = make(&app, "Home", None, 2).await;
    make(&app, "Garden", None, 1).await;
    let light = make(&app, "Lighting", Some(&home), 0).await;
    make(&app, "Desk lamps", Some(&light), 0).await;
    let before = app.database.stats().statements;
    let answer = app
        .graphql("{ categories { name children { name slug children { slug parent { slug } } } } }")
        .send()
        .await;
    assert_eq!(app.database.stats().statements - before, 1);
    assert_eq!(
        answer.at("/categories"),
        &json!([{ "name": "Garden", "children": [] }, { "name": "Home", "children": [{ "name": "Lighting", "slug": "lighting",
            "children": [{ "slug": "desk-lamps", "parent": { "slug": "lighting" } }] }] }])
    );
    let one = app
        .graphql("{ category(by: { slug: \"desk-lamps\" }) { id position ancestors { name } } }")
        .send()
        .await;
    assert_eq!(
        one.at("/category/ancestors"),
        &json!([{ "name": "Home" }, { "name": "Lighting" }])
    );
    let by = json!({ "id": one.text("/category/id") });
    let again = app
        .graphql("query($id: ID!) { category(by: { id: $id }) { name } }")
        .variables(by)
        .send()
        .await;
    assert_eq!(again.at("/category/name"), "Desk lamps");
    assert!(
        app.graphql("{ category(by: { slug: \"none\" }) { name } }")
            .send()
            .await
            .at("/category")
            .is_null()
    );
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
    let taken = mutate(
        &app,
        "createCategory",
        "CreateCategoryInput",
        "replayed",
        json!({ "name": "Home" }),
    )
    .await;
    assert_eq!(refusal(&taken), "SlugTaken");
    let nameless = mutate(
        &app,
        "createCategory",
        "CreateCategoryInput",
        "replayed",
        json!({ "name": "  " }),
    )
    .await;
    assert_eq!(refusal(&nameless), "InvalidInput");
}

#[tokio::test]
async fn go_when_nothing_is_in_them() {
    let app = start().await;
    let home = make(&app, "Home", None, 0).await;
    let light = make(&app, "Lighting", Some(&home), 0).await;
    let mut lamp = simple("lamp", "Lamp", 1, 1);
    lamp["categoryIds"] = json!([light]);
    let lamp = goods(&app, lamp).await;
    let delete = async |id: &str| {
        mutate(
            &app,
            "deleteCategory",
            "DeleteCategoryInput",
            "categoryId category { name }",
            json!({ "categoryId": id }),
        )
        .await
    };
    assert_eq!(refusal(&delete(&home).await), "NotAllowed");
    assert_eq!(refusal(&delete(&light).await), "NotAllowed");
    mutate(
        &app,
        "updateProduct",
        "UpdateProductInput",
        "replayed",
        json!({ "productId": lamp.product, "categoryIds": [] }),
    )
    .await;
    app.ignore_events().await;
    assert_eq!(
        delete(&light).await.at("/deleteCategory/categoryId"),
        light.as_str()
    );
    assert_eq!(delete(&light).await.code(), "NOT_FOUND");
}

#[tokio::test]
async fn are_changed_by_staff() {
    let app = start().await;
    let home = make(&app, "Home", None, 0).await;
    staff_only(
        &app,
        "mutation { createCategory(input: { name: \"x\" }) { replayed } }",
        json!({}),
    )
    .await;
    for name in ["updateCategory", "deleteCategory"] {
        let document =
            format!("mutation($id: ID!) {{ {name}(input: {{ categoryId: $id }}) {{ replayed }} }}");
        staff_only(&app, &document, json!({ "id": home })).await;
    }
}
