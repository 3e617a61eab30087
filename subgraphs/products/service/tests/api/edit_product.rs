//! `updateProduct`, `publishProduct`, `archiveProduct`, `deleteProduct`.

use events::products::SaleState;
use serde_json::json;
use testkit::staff;

use crate::shop::{
    create, kinds, lines, mutate, placed, refusal, simple, snapshot, staff_only, start, stocked,
};

#[tokio::test]
async fn update_changes_what_is_said_and_minds_the_version() {
    let app = start().await;
    let goods = stocked(&app, "lamp", 3).await;
    let change = json!({ "productId": goods.product, "name": "Lantern", "slug": "lantern", "brand": "Halden", "ifVersion": 1 });
    let answer = mutate(
        &app,
        "updateProduct",
        "UpdateProductInput",
        "product { name slug brand version }",
        change.clone(),
    )
    .await;
    assert_eq!(
        answer.at("/updateProduct/product"),
        &json!({ "name": "Lantern", "slug": "lantern", "brand": "Halden", "version": 2 })
    );
    let events = app.events().await;
    assert_eq!(
        (
            kinds(&events),
            snapshot(&events).version,
            events[0].sequence
        ),
        (vec!["product.changed.v1"], 2, 2)
    );
    let stale = mutate(
        &app,
        "updateProduct",
        "UpdateProductInput",
        "product { name }",
        change,
    )
    .await;
    assert_eq!(
        (
            refusal(&stale).as_str(),
            stale.at("/updateProduct/userErrors/0/current")
        ),
        ("StaleVersion", &json!(2))
    );
    let same = json!({ "productId": goods.product, "name": "Lantern" });
    let answer = mutate(
        &app,
        "updateProduct",
        "UpdateProductInput",
        "product { version }",
        same,
    )
    .await;
    assert_eq!(
        answer.at("/updateProduct/product/version"),
        2,
        "what changes nothing is no change"
    );
    let bare = json!({ "productId": goods.product, "brand": null });
    let answer = mutate(
        &app,
        "updateProduct",
        "UpdateProductInput",
        "product { brand }",
        bare,
    )
    .await;
    assert!(answer.at("/updateProduct/product/brand").is_null());
    app.ignore_events().await;
    let taken = stocked(&app, "other", 1).await;
    let answer = mutate(
        &app,
        "updateProduct",
        "UpdateProductInput",
        "product { name }",
        json!({ "productId": taken.product, "slug": "lantern" }),
    )
    .await;
    assert_eq!(refusal(&answer), "SlugTaken");
    let missing = serving::graphql::global_id::encode("Product", uuid::Uuid::nil());
    let answer = mutate(
        &app,
        "updateProduct",
        "UpdateProductInput",
        "replayed",
        json!({ "productId": missing }),
    )
    .await;
    assert_eq!(answer.code(), "NOT_FOUND");
    staff_only(
        &app,
        "mutation($id: ID!) { updateProduct(input: { productId: $id }) { replayed } }",
        json!({ "id": goods.product }),
    )
    .await;
}

#[tokio::test]
async fn publish_and_archive_move_the_state() {
    let app = start().await;
    let mut draft = simple("lamp", "Lamp", 900, 1);
    draft["publish"] = json!(false);
    let made = create(&app, draft).await;
    let id = made.text("/createProduct/product/id");
    app.ignore_events().await;
    let archived = mutate(
        &app,
        "archiveProduct",
        "ArchiveProductInput",
        "product { state }",
        json!({ "productId": id }),
    )
    .await;
    assert_eq!(refusal(&archived), "NotAllowed");
    for (name, kind, state, told) in [
        (
            "publishProduct",
            "PublishProductInput",
            "PUBLISHED",
            SaleState::Published,
        ),
        (
            "archiveProduct",
            "ArchiveProductInput",
            "ARCHIVED",
            SaleState::Archived,
        ),
        (
            "publishProduct",
            "PublishProductInput",
            "PUBLISHED",
            SaleState::Published,
        ),
    ] {
        let answer = mutate(
            &app,
            name,
            kind,
            "product { state }",
            json!({ "productId": id }),
        )
        .await;
        assert_eq!(answer.at(&format!("/{name}/product/state")), state);
        let events = app.events().await;
        assert_eq!(snapshot(&events).state, told);
        assert_eq!(snapshot(&events).variants[0].state, told);
    }
    for name in ["publishProduct", "archiveProduct"] {
        staff_only(
            &app,
            &format!("mutation($id: ID!) {{ {name}(input: {{ productId: $id }}) {{ replayed }} }}"),
            json!({ "id": id }),
        )
        .await;
    }
}

#[tokio::test]
async fn what_was_archived_stays_readable_by_reference() {
    let app = start().await;
    let goods = stocked(&app, "lamp", 3).await;
    mutate(
        &app,
        "archiveProduct",
        "ArchiveProductInput",
        "replayed",
        json!({ "productId": goods.product }),
    )
    .await;
    app.ignore_events().await;
    let of = json!({ "of": [{ "__typename": "Variant", "id": goods.variant }] });
    let entities = "query($of: [_Any!]!) { _entities(representations: $of) { ... on Variant { sku product { name } } } }";
    let answer = app.graphql(entities).variables(of).send().await;
    assert_eq!(
        answer.at("/_entities/0"),
        &json!({ "sku": "LAMP", "product": { "name": "lamp" } })
    );
    let public = app
        .graphql("{ product(by: { slug: \"lamp\" }) { name } }")
        .send()
        .await;
    assert!(public.at("/product").is_null());
}

#[tokio::test]
async fn delete_is_for_what_was_never_ordered() {
    let app = start().await;
    let (sold, unsold) = (
        stocked(&app, "sold", 3).await,
        stocked(&app, "unsold", 3).await,
    );
    app.deliver(&placed(app.clock.id(), lines(&[(&sold, 1)]), 60_000))
        .await;
    app.ignore_events().await;
    let kept = mutate(
        &app,
        "deleteProduct",
        "DeleteProductInput",
        "productId",
        json!({ "productId": sold.product }),
    )
    .await;
    assert_eq!(refusal(&kept), "NotAllowed");
    let gone = mutate(
        &app,
        "deleteProduct",
        "DeleteProductInput",
        "productId product { id }",
        json!({ "productId": unsold.product, "ifVersion": 1 }),
    )
    .await;
    assert_eq!(gone.at("/deleteProduct/productId"), unsold.product.as_str());
    assert!(gone.at("/deleteProduct/product").is_null());
    let events = app.events().await;
    assert_eq!(
        (snapshot(&events).state, events[0].sequence),
        (SaleState::Deleted, 2)
    );
    let again = app
        .graphql("{ product(by: { slug: \"unsold\" }) { name } }")
        .viewer(&staff())
        .send()
        .await;
    assert!(again.at("/product").is_null());
    let twice = mutate(
        &app,
        "deleteProduct",
        "DeleteProductInput",
        "productId",
        json!({ "productId": unsold.product }),
    )
    .await;
    assert_eq!(twice.code(), "NOT_FOUND");
    staff_only(
        &app,
        "mutation($id: ID!) { deleteProduct(input: { productId: $id }) { replayed } }",
        json!({ "id": sold.product }),
    )
    .await;
}
