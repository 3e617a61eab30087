//! `category`.

use serde_json::json;

use crate::{create_category::make, shop::start};

#[tokio::test]
async fn is_found_by_slug_and_id_with_what_is_above_it() {
    let app = start().await;
    let home = make(&app, "Home", None, 0).await;
    let light = make(&app, "Lighting", Some(&home), 3).await;
    make(&app, "Desk lamps", Some(&light), 0).await;
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
