//! `createVariant`, `updateVariant`, `deleteVariant`.

use serde_json::json;

use crate::shop::{goods, kinds, lines, mutate, placed, refusal, snapshot, staff_only, start};

fn lamp() -> serde_json::Value {
    json!({ "slug": "lamp", "name": "Lamp", "options": ["Colour"], "publish": true,
        "variants": [{ "sku": "L-OAK", "options": [{ "name": "Colour", "value": "Oak" }], "price": { "units": 500, "currency": "USD" }, "onHand": 2 }] })
}

#[tokio::test]
async fn come_and_change_and_go() {
    let app = start().await;
    let lamp = goods(&app, lamp()).await;
    let ash = json!({ "productId": lamp.product, "ifVersion": 1, "variant": { "sku": "L-ASH", "options": [{ "name": "Colour", "value": "Ash" }],
        "price": { "units": 700, "currency": "USD" }, "onHand": 4 } });
    let made = mutate(
        &app,
        "createVariant",
        "CreateVariantInput",
        "variant { id name stock { available } product { version priceRange { to { units } } } }",
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
    assert_eq!(
        refusal(&mutate(&app, "createVariant", "CreateVariantInput", "replayed", ash).await),
        "StaleVersion"
    );
    let same = json!({ "productId": lamp.product, "variant": { "sku": "L-OAK-2", "options": [{ "name": "Colour", "value": "Oak" }], "price": { "units": 1, "currency": "USD" } } });
    assert_eq!(
        refusal(
            &mutate(
                &app,
                "createVariant",
                "CreateVariantInput",
                "replayed",
                same
            )
            .await
        ),
        "InvalidInput"
    );

    let id = made.text("/createVariant/variant/id");
    let change = json!({ "variantId": id, "price": { "units": 650, "currency": "USD" }, "options": [{ "name": "Colour", "value": "Birch" }] });
    let changed = mutate(
        &app,
        "updateVariant",
        "UpdateVariantInput",
        "variant { name price { units } }",
        change,
    )
    .await;
    assert_eq!(
        changed.at("/updateVariant/variant"),
        &json!({ "name": "Birch", "price": { "units": 650 } })
    );
    let euro = json!({ "variantId": id, "price": { "units": 650, "currency": "EUR" } });
    assert_eq!(
        refusal(
            &mutate(
                &app,
                "updateVariant",
                "UpdateVariantInput",
                "replayed",
                euro
            )
            .await
        ),
        "InvalidInput"
    );
    let wrong = json!({ "variantId": id, "options": [{ "name": "Size", "value": "S" }] });
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
        &json!({ "version": 4, "variants": [{ "sku": "L-OAK" }] })
    );
    let last = mutate(
        &app,
        "deleteVariant",
        "DeleteVariantInput",
        "replayed",
        json!({ "variantId": lamp.variant }),
    )
    .await;
    assert_eq!(refusal(&last), "NotAllowed");
    app.ignore_events().await;
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
    app.ignore_events().await;
}

#[tokio::test]
async fn are_for_staff() {
    let app = start().await;
    let lamp = goods(&app, lamp()).await;
    let create = "mutation($id: ID!) { createVariant(input: { productId: $id, variant: { sku: \"X\", price: { units: 1, currency: \"USD\" } } }) { replayed } }";
    staff_only(&app, create, json!({ "id": lamp.product })).await;
    staff_only(
        &app,
        "mutation($id: ID!) { updateVariant(input: { variantId: $id }) { replayed } }",
        json!({ "id": lamp.variant }),
    )
    .await;
    staff_only(
        &app,
        "mutation($id: ID!) { deleteVariant(input: { variantId: $id }) { replayed } }",
        json!({ "id": lamp.variant }),
    )
    .await;
}
