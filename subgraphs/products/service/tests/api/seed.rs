//! The demo catalogue and generated products.

use crate::shop::start;

#[tokio::test]
async fn the_demo_catalogue_is_planted_once() {
    let app = start().await;
    assert!(app.subgraph().is_empty().await.unwrap());
    let made = app.subgraph().seed_demo().await.unwrap();
    assert!(made >= 200, "{made}");
    assert!(!app.subgraph().is_empty().await.unwrap());
    assert_eq!(app.subgraph().seed_demo().await.unwrap(), 0);
    let events = app.events().await;
    let told = events
        .iter()
        .filter(|event| event.kind == "product.changed.v1")
        .count();
    assert_eq!(u64::try_from(told).unwrap(), made);
    let answer = app
        .graphql("{ products(first: 1) { totalCount } categories { name children { name } } }")
        .send()
        .await;
    assert_eq!(answer.at("/products/totalCount").as_u64().unwrap(), made);
    assert!(answer.at("/categories").as_array().unwrap().len() >= 10);
}

#[tokio::test]
async fn generated_products_are_the_same_ones_and_are_added_once() {
    let app = start().await;
    assert_eq!(
        app.subgraph().seed_generated(300, &|_| {}).await.unwrap(),
        300
    );
    assert_eq!(
        app.subgraph().seed_generated(300, &|_| {}).await.unwrap(),
        0
    );
    assert_eq!(
        app.subgraph().seed_generated(310, &|_| {}).await.unwrap(),
        10
    );
    app.ignore_events().await;
}
