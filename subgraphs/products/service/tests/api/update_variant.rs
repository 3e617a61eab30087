//! `updateVariant`.

use serde_json::json;

use crate::{
    create_variant::lamp,
    shop::{goods, mutate, refusal, snapshot, start},
};

#[tokio::test]
async fn changes_what_is_said_about_a_variant() {
    let app = start().await;
    let lamp = goods(&app, lamp()).await;
    let change = json!({ "variantId": lamp.variant, "price": { "units": 650, "currency": "USD" }, "options": [{ "name": "Colour", "value": "Birch" }] });
    let changed = mutate(
        &app,
        "updateVariant",
        "UpdateVariantInput",
        "variant { name sku price { units } }",
        change,
    )
    .await;
    assert_eq!(
        changed.at("/updateVariant/variant"),
        &json!({ "name": "Birch", "sku": "L-OAK", "price": { "units": 650 } })
    );
    let told = snapshot(&app.events().await);
    assert_eq!(
        (
            told.version,
            told.variants[0].price.units(),
            told.variants[0].name.as_str()
        ),
        (2, 650, "Birch")
    );
    let stale = json!({ "variantId": lamp.variant, "sku": "L-BIR", "ifVersion": 1 });
    assert_eq!(
        refusal(
            &mutate(
                &app,
                "updateVariant",
                "UpdateVariantInput",
                "replayed",
                stale
            )
            .await
        ),
        "StaleVersion"
    );
    let negative =
        json!({ "variantId": lamp.variant, "price": { "units": -1, "currency": "USD" } });
    assert_eq!(
        refusal(
            &mutate(
                &app,
                "updateVariant",
                "UpdateVariantInput",
                "replayed",
                negative
            )
            .await
        ),
        "InvalidInput"
    );
    for wrong in [
        json!({ "variantId": lamp.variant, "options": [{ "name": "Size", "value": "S" }] }),
        json!({ "variantId": lamp.variant, "price": { "units": 1, "currency": "XXX" } }),
        json!({ "variantId": lamp.variant, "price": { "units": 9_007_199_254_740_992_i64, "currency": "USD" } }),
    ] {
        assert_eq!(
            mutate(
                &app,
                "updateVariant",
                "UpdateVariantInput",
                "replayed",
                wrong
            )
            .await
            .code(),
            "INVALID_INPUT"
        );
    }
}
