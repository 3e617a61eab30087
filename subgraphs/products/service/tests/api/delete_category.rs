//! `deleteCategory`.

use serde_json::json;

use crate::{
    create_category::make,
    shop::{goods, mutate, refusal, simple, start},
};

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
