//! `deleteProduct`.

use events::products::SaleState;
use serde_json::json;
use testkit::staff;

use crate::shop::{lines, mutate, placed, refusal, snapshot, start, stocked};

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
}
