//! `product`.

use serde_json::json;
use testkit::staff;

use crate::shop::{LONG_AGO, create, goods, simple, start};

const BY: &str = "query($by: ProductBy!) { product(by: $by) { id slug name description brand state version publishedAt createdAt
    price { units decimal currency } priceRange { from { units } to { units } } options { name values } categories { name }
    images { url alt width height } variants { sku name options { name value } price { units } stock { available inStock } product { slug } } } }";

#[tokio::test]
async fn is_found_by_id_slug_and_sku_with_all_its_parts() {
    let app = start().await;
    let lamp = json!({
        "slug": "desk-lamp", "name": "Desk lamp", "description": "Lights a desk.\nQuietly.", "brand": "Halden", "options": ["Colour", "Size"], "publish": true,
        "variants": [
            { "sku": "L-OAK-S", "options": [{ "name": "Colour", "value": "Oak" }, { "name": "Size", "value": "S" }], "price": { "units": 5000, "currency": "USD" }, "onHand": 3 },
            { "sku": "L-ASH-S", "options": [{ "name": "Colour", "value": "Ash" }, { "name": "Size", "value": "S" }], "price": { "units": 4000, "currency": "USD" } },
        ],
    });
    let goods = goods(&app, lamp).await;
    for by in [
        json!({ "id": goods.product }),
        json!({ "slug": "desk-lamp" }),
        json!({ "sku": "L-ASH-S" }),
    ] {
        let answer = app.graphql(BY).variables(json!({ "by": by })).send().await;
        let product = answer.at("/product");
        assert_eq!(product["id"], goods.product);
        assert_eq!(
            product["price"],
            json!({ "units": 4000, "decimal": "40.00", "currency": "USD" })
        );
        assert_eq!(
            product["priceRange"],
            json!({ "from": { "units": 4000 }, "to": { "units": 5000 } })
        );
        assert_eq!(
            product["options"],
            json!([{ "name": "Colour", "values": ["Oak", "Ash"] }, { "name": "Size", "values": ["S"] }])
        );
        assert_eq!(product["images"][0]["url"], "/media/products/desk-lamp.svg");
        assert_eq!(product["variants"][0]["name"], "Oak / S");
        assert_eq!(
            product["variants"][0]["options"][1],
            json!({ "name": "Size", "value": "S" })
        );
        assert_eq!(
            product["variants"][0]["stock"],
            json!({ "available": 3, "inStock": true })
        );
        assert_eq!(
            product["variants"][1]["stock"],
            json!({ "available": 0, "inStock": false })
        );
        assert!(
            product["createdAt"]
                .as_str()
                .unwrap()
                .parse::<clock::Timestamp>()
                .unwrap()
                > LONG_AGO
        );
        assert_eq!(
            (&product["state"], &product["version"]),
            (&json!("PUBLISHED"), &json!(1))
        );
    }
    let none = app
        .graphql(BY)
        .variables(json!({ "by": { "slug": "nothing" } }))
        .send()
        .await;
    assert!(none.at("/product").is_null());
    let wrong = app
        .graphql(BY)
        .variables(json!({ "by": { "id": goods.variant } }))
        .send()
        .await;
    assert_eq!(wrong.code(), "INVALID_INPUT");
    let two = app
        .graphql(BY)
        .variables(json!({ "by": { "slug": "a", "sku": "b" } }))
        .send()
        .await;
    assert_eq!(two.code(), "INVALID_INPUT");
}

#[tokio::test]
async fn a_draft_is_nothing_to_the_public_also_by_reference() {
    let app = start().await;
    let mut draft = simple("secret", "secret", 900, 1);
    draft["publish"] = json!(false);
    let made = create(&app, draft).await;
    app.ignore_events().await;
    let (id, variant) = (
        made.text("/createProduct/product/id"),
        made.text("/createProduct/product/variants/0/id"),
    );
    let entities = "query($of: [_Any!]!) { _entities(representations: $of) { ... on Product { name } ... on Variant { sku } } }";
    let of = json!({ "of": [{ "__typename": "Product", "id": id }, { "__typename": "Variant", "id": variant }, { "__typename": "Product", "id": "broken" }] });
    let by = json!({ "by": { "slug": "secret" } });
    assert!(
        app.graphql(BY)
            .variables(by.clone())
            .send()
            .await
            .at("/product")
            .is_null()
    );
    let hidden = app.graphql(entities).variables(of.clone()).send().await;
    assert_eq!(hidden.at("/_entities"), &json!([null, null, null]));
    let stock = app
        .graphql("query($ids: [ID!]!) { stock(variantIds: $ids) { available } }")
        .variables(json!({ "ids": [variant] }))
        .send()
        .await;
    assert_eq!(stock.at("/stock"), &json!([]));
    assert_eq!(
        app.graphql(BY)
            .variables(by)
            .viewer(&staff())
            .send()
            .await
            .at("/product/name"),
        "secret"
    );
    let shown = app
        .graphql(entities)
        .variables(of)
        .viewer(&staff())
        .send()
        .await;
    assert_eq!(
        shown.at("/_entities"),
        &json!([{ "name": "secret" }, { "sku": "SECRET" }, null])
    );
}
