//! `categories`.

use serde_json::json;

use crate::{create_category::make, shop::start};

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
}
