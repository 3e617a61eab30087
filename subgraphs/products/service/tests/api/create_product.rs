//! `createProduct`.

use events::products::SaleState;
use serde_json::json;
use testkit::staff;

use crate::shop::{CREATE, create, kinds, refusal, simple, snapshot, staff_only, start};

#[tokio::test]
async fn makes_a_product_with_variants_and_stock_and_tells_so() {
    let app = start().await;
    let answer = create(&app, simple("lamp", "Lamp", 1999, 7)).await;
    assert_eq!(
        answer.at("/createProduct/product/variants/0/stock"),
        &json!({ "available": 7, "onHand": 7, "reserved": 0 })
    );
    let events = app.events().await;
    assert_eq!(kinds(&events), ["product.changed.v1", "stock.changed.v1"]);
    assert_eq!(
        events
            .iter()
            .map(|event| event.sequence)
            .collect::<Vec<_>>(),
        [1, 1]
    );
    let told = snapshot(&events);
    assert_eq!(
        (told.version, told.state, told.slug.as_str()),
        (1, SaleState::Published, "lamp")
    );
    assert_eq!(
        (
            told.variants[0].price.units(),
            told.variants[0].name.as_str()
        ),
        (1999, "")
    );
}

#[tokio::test]
async fn a_slug_is_made_from_the_name() {
    let app = start().await;
    let answer = create(&app, json!({ "name": "Walnut Desk-Lamp, 40 cm" })).await;
    assert_eq!(
        answer.at("/createProduct/product/slug"),
        "walnut-desk-lamp-40-cm"
    );
    assert_eq!(answer.at("/createProduct/product/state"), "DRAFT");
    app.ignore_events().await;
}

#[tokio::test]
async fn everything_that_is_wrong_is_told_with_its_place() {
    let app = start().await;
    let wrong = json!({ "name": "", "slug": "No Slug", "options": ["Colour", "Colour"],
        "variants": [{ "sku": "a b", "price": { "units": -1, "currency": "USD" }, "onHand": -5 }] });
    let answer = create(&app, wrong).await;
    let paths: Vec<String> = answer
        .at("/createProduct/userErrors")
        .as_array()
        .unwrap()
        .iter()
        .map(|error| {
            error["path"]
                .as_array()
                .unwrap()
                .iter()
                .map(|part| part.as_str().unwrap())
                .collect::<Vec<_>>()
                .join(".")
        })
        .collect();
    for path in [
        "input.slug",
        "input.name",
        "input.variants.0.sku",
        "input.variants.0.price.units",
        "input.variants.0.onHand",
    ] {
        assert!(paths.contains(&path.to_owned()), "{path} in {paths:?}");
    }
    assert!(answer.at("/createProduct/product").is_null());
    let long = create(&app, json!({ "name": "x".repeat(100_000) })).await;
    assert_eq!(refusal(&long), "InvalidInput");
    let overflow = create(&app, simple("dear", "dear", 9_007_199_254_740_991, 1)).await;
    assert_eq!(refusal(&overflow), "InvalidInput");
    let empty = create(&app, json!({ "name": "Empty", "publish": true })).await;
    assert_eq!(refusal(&empty), "NotAllowed");
    let nowhere = create(&app, json!({ "name": "Nowhere", "categoryIds": [serving::graphql::global_id::encode("Category", uuid::Uuid::nil())] })).await;
    assert_eq!(refusal(&nowhere), "InvalidInput");
}

#[tokio::test]
async fn slugs_and_skus_are_unique() {
    let app = start().await;
    create(&app, simple("lamp", "Lamp", 1999, 7)).await;
    app.ignore_events().await;
    let mut other = simple("lamp", "Other", 1999, 7);
    let taken = create(&app, other.clone()).await;
    assert_eq!(taken.at("/createProduct/userErrors/0/slug"), "lamp");
    other["slug"] = json!("other");
    let taken = create(&app, other).await;
    assert_eq!(taken.at("/createProduct/userErrors/0/sku"), "LAMP");
}

#[tokio::test]
async fn the_same_key_gives_the_same_product_and_another_input_a_conflict() {
    let app = start().await;
    let staff = staff();
    let key = app.clock.id();
    let send = async |name: &str| {
        let input =
            json!({ "input": { "product": simple("lamp", name, 1999, 7), "idempotencyKey": key } });
        app.graphql(CREATE)
            .variables(input)
            .viewer(&staff)
            .send()
            .await
    };
    let first = send("Lamp").await;
    app.ignore_events().await;
    let again = send("Lamp").await;
    assert_eq!(
        again.at("/createProduct/product/id"),
        first.at("/createProduct/product/id")
    );
    assert_eq!(
        (
            first.at("/createProduct/replayed"),
            again.at("/createProduct/replayed")
        ),
        (&json!(false), &json!(true))
    );
    assert_eq!(refusal(&send("Other").await), "IdempotencyConflict");
    let refused = async || {
        let input = json!({ "input": { "product": simple("lamp", "Twin", 1999, 7), "idempotencyKey": uuid::Uuid::from_u128(9) } });
        app.graphql(CREATE)
            .variables(input)
            .viewer(&staff)
            .send()
            .await
    };
    assert_eq!(refusal(&refused().await), "SlugTaken");
    let again = refused().await;
    assert_eq!(
        (
            refusal(&again).as_str(),
            again.at("/createProduct/replayed")
        ),
        ("SlugTaken", &json!(true))
    );
}

#[tokio::test]
async fn is_for_staff() {
    let app = start().await;
    staff_only(
        &app,
        CREATE,
        json!({ "input": { "product": simple("lamp", "Lamp", 1, 1) } }),
    )
    .await;
}
