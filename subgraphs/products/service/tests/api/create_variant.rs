//! `createVariant`.

use serde_json::{Value, json};

use crate::shop::{goods, kinds, mutate, refusal, snapshot, start};

/// A lamp in oak, of which there are two.
pub(crate) fn lamp() -> Value {
    json!({ "slug": "lamp", "name": "Lamp", "options": ["Colour"], "publish": true,
        "variants": [{ "sku": "L-OAK", "options": [{ "name": "Colour", "value": "Oak" }], "price": { "units": 500, "currency": "USD" }, "onHand": 2 }] })
}

#[tokio::test]
async fn adds_a_variant_with_stock_and_tells_so() {
    let app = start().await;
    let lamp = goods(&app, lamp()).await;
    let ash = json!({ "productId": lamp.product, "ifVersion": 1, "variant": { "sku": "L-ASH", "options": [{ "name": "Colour", "value": "Ash" }],
        "price": { "units": 700, "currency": "USD" }, "onHand": 4 } });
    let selection =
        "variant { name stock { available } product { version priceRange { to { units } } } }";
    let made = mutate(
        &app,
        "createVariant",
        "CreateVariantInput",
        selection,
        ash.clone(),
    )
    .await;
    assert_eq!(made.at("/createVariant/variant/name"), "Ash");
    assert_eq!(made.at("/createVariant/variant/stock/available"), 4);
    assert_eq!(
        made.at("/createVariant/variant/product"),
        &json!({ "version": 2, "priceRange": { "to": { "units": 700 } } })
    );
    let events = app.events().await;
    assert_eq!(kinds(&events), ["product.changed.v1", "stock.changed.v1"]);
    assert_eq!(snapshot(&events).variants.len(), 2);
    let again = mutate(&app, "createVariant", "CreateVariantInput", "replayed", ash).await;
    assert_eq!(refusal(&again), "StaleVersion");
}

#[tokio::test]
async fn two_variants_differ_in_their_options_and_skus() {
    let app = start().await;
    let lamp = goods(&app, lamp()).await;
    for (sku, colour, told) in [
        ("L-OAK-2", "Oak", "InvalidInput"),
        ("L-OAK", "Ash", "InvalidInput"),
        ("L 1", "Ash", "InvalidInput"),
    ] {
        let variant = json!({ "sku": sku, "options": [{ "name": "Colour", "value": colour }], "price": { "units": 1, "currency": "USD" } });
        let input = json!({ "productId": lamp.product, "variant": variant });
        let answer = mutate(
            &app,
            "createVariant",
            "CreateVariantInput",
            "replayed",
            input,
        )
        .await;
        assert_eq!(refusal(&answer), told, "{sku} {colour}");
    }
}
