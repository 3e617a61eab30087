//! `deleteVariant`.

use serde_json::json;

use crate::{
    create_variant::lamp,
    shop::{goods, lines, mutate, placed, refusal, start},
};

#[tokio::test]
async fn is_for_what_was_never_ordered() {
    let app = start().await;
    let lamp = goods(&app, lamp()).await;
    let last = mutate(
        &app,
        "deleteVariant",
        "DeleteVariantInput",
        "replayed",
        json!({ "variantId": lamp.variant }),
    )
    .await;
    assert_eq!(
        refusal(&last),
        "NotAllowed",
        "a published product keeps one"
    );
    let ash = json!({ "productId": lamp.product, "variant": { "sku": "L-ASH", "options": [{ "name": "Colour", "value": "Ash" }], "price": { "units": 700, "currency": "USD" } } });
    let made = mutate(
        &app,
        "createVariant",
        "CreateVariantInput",
        "variant { id }",
        ash,
    )
    .await;
    app.deliver(&placed(app.clock.id(), lines(&[(&lamp, 1)]), 60_000))
        .await;
    let sold = mutate(
        &app,
        "deleteVariant",
        "DeleteVariantInput",
        "replayed",
        json!({ "variantId": lamp.variant }),
    )
    .await;
    assert_eq!(refusal(&sold), "NotAllowed");
    let id = made.text("/createVariant/variant/id");
    let gone = mutate(
        &app,
        "deleteVariant",
        "DeleteVariantInput",
        "product { version variants { sku } }",
        json!({ "variantId": id }),
    )
    .await;
    assert_eq!(
        gone.at("/deleteVariant/product"),
        &json!({ "version": 3, "variants": [{ "sku": "L-OAK" }] })
    );
    let twice = mutate(
        &app,
        "deleteVariant",
        "DeleteVariantInput",
        "replayed",
        json!({ "variantId": id }),
    )
    .await;
    assert_eq!(twice.code(), "NOT_FOUND");
    app.ignore_events().await;
}
