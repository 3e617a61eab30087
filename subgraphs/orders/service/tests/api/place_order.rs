use events::orders::OrderPlaced;
use futures::future::join_all;
use identity::Viewer;
use serde_json::json;

use crate::shop::{Shop, id, key, refusals, shopper};

#[tokio::test]
async fn a_cart_becomes_an_order_and_is_empty() {
    let shop = Shop::open().await;
    let viewer = shopper();
    let variant = shop.sells(1_000, 5).await;
    let cart = shop.ready_cart(&viewer, variant, 2).await;
    let before = shop.app.database.stats();
    let placed = shop.place(&viewer, &cart, &key()).await;
    let after = shop.app.database.stats();
    assert_eq!(after.transactions - before.transactions, 1);
    assert!(
        after.statements - before.statements <= 11,
        "{} statements",
        after.statements - before.statements
    );
    assert_eq!(placed.at("/placeOrder/order/status"), "PENDING");
    assert_eq!(
        placed.at("/placeOrder/order/nextStates"),
        &json!(["AWAITING_PAYMENT", "REJECTED", "CANCELLED"])
    );
    assert_eq!(placed.text("/placeOrder/order/number").len(), 14);
    let left = shop
        .send(
            &viewer,
            "{ myCart { id quantity address { name } } }",
            json!({}),
        )
        .await;
    assert_eq!(left.at("/myCart/quantity"), 0);
    assert_eq!(left.at("/myCart/id"), &json!(cart));
    let events = shop.app.events().await;
    let [event] = events.as_slice() else {
        unreachable!("one event: {events:?}")
    };
    let told: OrderPlaced = event.parse().unwrap();
    assert_eq!((event.sequence, event.aggregate_id), (1, told.order_id));
    assert_eq!(
        (told.lines[0].variant_id, told.lines[0].quantity),
        (variant, 2)
    );
    assert_eq!(told.total.units(), 2_820);
    assert!(
        !serde_json::to_string(event).unwrap().contains("Lovelace"),
        "no personal data in events"
    );
}

#[tokio::test]
async fn fifty_calls_with_one_key_place_one_order() {
    let shop = Shop::open().await;
    let viewer = shopper();
    let variant = shop.sells(1_000, 5).await;
    let cart = shop.ready_cart(&viewer, variant, 1).await;
    let key = key();
    let answers = join_all((0..50).map(|_| shop.place(&viewer, &cart, &key))).await;
    let first = answers[0].text("/placeOrder/order/id");
    assert!(
        answers
            .iter()
            .all(|answer| answer.text("/placeOrder/order/id") == first)
    );
    assert_eq!(
        answers
            .iter()
            .filter(|answer| answer.at("/placeOrder/replayed") == false)
            .count(),
        1
    );
    assert_eq!(shop.announced().await, ["order.placed.v1"]);
    let other = json!({ "cartId": cart, "idempotencyKey": key, "expectedTotalUnits": 1 });
    let answer = shop.order_mutation(&viewer, "placeOrder", other).await;
    assert_eq!(refusals(&answer), ["IdempotencyConflict"]);
    // Another user's keys are their own.
    let neighbour = shopper();
    let their_cart = shop.ready_cart(&neighbour, variant, 1).await;
    let theirs = shop.place(&neighbour, &their_cart, &key).await;
    assert_ne!(theirs.text("/placeOrder/order/id"), first);
    shop.app.ignore_events().await;
}

#[tokio::test]
async fn a_refusal_is_the_same_again_and_leaves_the_cart() {
    let shop = Shop::open().await;
    let viewer = shopper();
    let variant = shop.sells(1_000, 5).await;
    let cart = shop.ready_cart(&viewer, variant, 4).await;
    shop.stock(variant, 2, 3).await;
    let input = json!({ "cartId": cart, "idempotencyKey": key(), "onlyIfAvailable": true });
    let refused = shop
        .order_mutation(&viewer, "placeOrder", input.clone())
        .await;
    assert_eq!(refusals(&refused), ["OutOfStock"]);
    assert_eq!(refused.at("/placeOrder/userErrors/0/available"), 3);
    shop.stock(variant, 3, 9).await;
    let again = shop.order_mutation(&viewer, "placeOrder", input).await;
    assert_eq!(
        again.at("/placeOrder/userErrors"),
        refused.at("/placeOrder/userErrors")
    );
    assert_eq!(again.at("/placeOrder/replayed"), true);
    let left = shop
        .send(&viewer, "{ myCart { quantity } }", json!({}))
        .await;
    assert_eq!(left.at("/myCart/quantity"), 4);
}

#[tokio::test]
async fn what_is_missing_or_different_is_refused() {
    let shop = Shop::open().await;
    let viewer = shopper();
    let variant = shop.sells(1_000, 5).await;
    let cart = shop
        .add(&viewer, variant, 1)
        .await
        .text("/addToCart/cart/id");
    assert_eq!(
        refusals(&shop.place(&viewer, &cart, &key()).await),
        ["AddressMissing"]
    );
    shop.ready_cart(&viewer, variant, 1).await;
    let expecting = json!({ "cartId": cart, "idempotencyKey": key(), "expectedTotalUnits": 1 });
    let answer = shop.order_mutation(&viewer, "placeOrder", expecting).await;
    assert_eq!(refusals(&answer), ["TotalChanged"]);
    assert_eq!(answer.at("/placeOrder/userErrors/0/actual/units"), 2_820);
    let stale = json!({ "cartId": cart, "idempotencyKey": key(), "ifVersion": 1 });
    assert_eq!(
        refusals(&shop.order_mutation(&viewer, "placeOrder", stale).await),
        ["StaleVersion"]
    );
    shop.cart_mutation(&viewer, "clearCart", json!({})).await;
    assert_eq!(
        refusals(&shop.place(&viewer, &cart, &key()).await),
        ["CartEmpty"]
    );
}

#[tokio::test]
async fn only_the_signed_in_owner_places() {
    let shop = Shop::open().await;
    let viewer = shopper();
    let variant = shop.sells(1_000, 5).await;
    let cart = shop.ready_cart(&viewer, variant, 1).await;
    assert_eq!(
        shop.place(&Viewer::Anonymous, &cart, &key()).await.code(),
        "UNAUTHENTICATED"
    );
    assert_eq!(
        shop.place(&shopper(), &cart, &key()).await.code(),
        "NOT_FOUND"
    );
    let thief = shopper();
    shop.ready_cart(&thief, variant, 1).await;
    assert_eq!(shop.place(&thief, &cart, &key()).await.code(), "NOT_FOUND");
    assert_eq!(
        shop.place(&viewer, &crate::shop::gid("Cart", id()), &key())
            .await
            .code(),
        "NOT_FOUND"
    );
    assert_eq!(
        shop.place(&viewer, &cart, "no key").await.code(),
        "INVALID_INPUT"
    );
}

#[tokio::test]
async fn whether_the_stock_is_there_is_left_to_products() {
    let shop = Shop::open().await;
    let viewer = shopper();
    let variant = shop.sells(1_000, 0).await;
    let cart = shop.ready_cart(&viewer, variant, 1).await;
    let placed = shop.place(&viewer, &cart, &key()).await;
    assert_eq!(placed.at("/placeOrder/order/status"), "PENDING");
    shop.app.ignore_events().await;
}
