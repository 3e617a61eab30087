//! `createCategory`.

use serde_json::json;

use crate::shop::{App, mutate, refusal, start};

/// Makes a category; returns its id.
pub(crate) async fn make(app: &App, name: &str, parent: Option<&str>, position: i32) -> String {
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

#[tokio::test]
async fn makes_categories_with_slugs_of_their_own() {
    let app = start().await;
    let home = make(&app, "Home & Living", None, 0).await;
    let answer = app
        .graphql("{ category(by: { slug: \"home-living\" }) { id version } }")
        .send()
        .await;
    assert_eq!(answer.at("/category"), &json!({ "id": home, "version": 1 }));
    for (input, told) in [
        (
            json!({ "name": "Home", "slug": "home-living" }),
            "SlugTaken",
        ),
        (json!({ "name": "  " }), "InvalidInput"),
        (json!({ "name": "木" }), "InvalidInput"),
        (
            json!({ "name": "Lost", "parentId": serving::graphql::global_id::encode("Category", uuid::Uuid::nil()) }),
            "InvalidInput",
        ),
    ] {
        let answer = mutate(
            &app,
            "createCategory",
            "CreateCategoryInput",
            "replayed",
            input.clone(),
        )
        .await;
        assert_eq!(refusal(&answer), told, "{input}");
    }
}

#[tokio::test]
async fn the_tree_is_eight_levels_deep_at_most() {
    let app = start().await;
    let mut above = make(&app, "Level 1", None, 0).await;
    for level in 2..=8 {
        above = make(&app, &format!("Level {level}"), Some(&above), 0).await;
    }
    let ninth = json!({ "name": "Level 9", "parentId": above });
    assert_eq!(
        refusal(
            &mutate(
                &app,
                "createCategory",
                "CreateCategoryInput",
                "replayed",
                ninth
            )
            .await
        ),
        "InvalidInput"
    );
}
