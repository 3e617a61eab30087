use futures::future::join_all;
use identity::Viewer;
use serde_json::json;

use crate::shop::{Shop, gid, id, key, refusals, shopper};

#[tokio::test]
async fn a_guest_gets_a_cart_and_its_token() {
    let shop = Shop::open().await;
    let variant = shop.sells(1_000, 3).await;
    let first = shop.add(&Viewer::Anonymous, variant, 2).await;
    let token = first.text("/addToCart/cartToken");
    assert_eq!(token.len(), 43);
    assert_eq!(first.at("/addToCart/cart/lines/0/available"), 3);
    assert_eq!(first.at("/addToCart/cart/lines/0/name"), "Mug, Blue");
    assert_eq!(first.at("/addToCart/cart/totals/subtotal/units"), 2_000);
    let input = json!({ "variantId": gid("Variant", variant), "quantity": 1, "cartToken": token });
    let second = shop
        .cart_mutation(&Viewer::Anonymous, "addToCart", input)
        .await;
    assert_eq!(
        second.at("/addToCart/cart/id"),
        first.at("/addToCart/cart/id")
    );
    assert_eq!(second.at("/addToCart/cart/lines/0/quantity"), 3);
    assert_eq!(
        second.at("/addToCart/cart/lines").as_array().unwrap().len(),
        1
    );
    assert_eq!(second.at("/addToCart/cartToken"), &json!(null));
}

#[tokio::test]
async fn fifty_parallel_additions_lose_nothing() {
    let shop = Shop::open().await;
    let viewer = shopper();
    let (one, other) = (shop.sells(1_000, 500).await, shop.sells(500, 500).await);
    let additions =
        (0..50).map(|index| shop.add(&viewer, if index % 2 == 0 { one } else { other }, 1));
    for answer in join_all(additions).await {
        assert_eq!(refusals(&answer), [""; 0]);
    }
    let cart = shop
        .send(
            &viewer,
            "{ myCart { quantity version lines { quantity } } }",
            json!({}),
        )
        .await;
    assert_eq!(cart.at("/myCart/quantity"), 50);
    assert_eq!(cart.at("/myCart/version"), 50);
    assert_eq!(cart.at("/myCart/lines/0/quantity"), 25);
}

#[tokio::test]
async fn an_addition_is_one_write_and_few_statements() {
    let shop = Shop::open().await;
    let viewer = shopper();
    let variant = shop.sells(1_000, 500).await;
    shop.add(&viewer, variant, 1).await;
    let before = shop.app.database.stats();
    shop.add(&viewer, variant, 1).await;
    let after = shop.app.database.stats();
    assert_eq!(after.transactions - before.transactions, 1);
    assert!(
        after.statements - before.statements <= 5,
        "{} statements",
        after.statements - before.statements
    );
}

#[tokio::test]
async fn the_same_key_adds_once() {
    let shop = Shop::open().await;
    let viewer = shopper();
    let variant = shop.sells(1_000, 500).await;
    let key = key();
    let input =
        json!({ "variantId": gid("Variant", variant), "quantity": 2, "idempotencyKey": key });
    let answers =
        join_all((0..20).map(|_| shop.cart_mutation(&viewer, "addToCart", input.clone()))).await;
    assert_eq!(
        answers
            .iter()
            .filter(|answer| answer.at("/addToCart/replayed") == false)
            .count(),
        1
    );
    assert!(
        answers
            .iter()
            .all(|answer| answer.at("/addToCart/cart/quantity") == 2)
    );
    let other =
        json!({ "variantId": gid("Variant", variant), "quantity": 3, "idempotencyKey": key });
    let answer = shop.cart_mutation(&viewer, "addToCart", other).await;
    assert_eq!(refusals(&answer), ["IdempotencyConflict"]);
    assert_eq!(answer.at("/addToCart/cart/quantity"), 2);
}

#[tokio::test]
async fn what_cannot_be_added_is_refused() {
    let shop = Shop::open().await;
    let viewer = shopper();
    let variant = shop.sells(1_000, 500).await;
    assert_eq!(refusals(&shop.add(&viewer, id(), 1).await), ["NotForSale"]);
    for quantity in [0, -1, -2_147_483_648, 100, 2_147_483_647] {
        let answer = shop.add(&viewer, variant, quantity).await;
        assert_eq!(refusals(&answer), ["InvalidInput"], "{quantity}");
        assert_eq!(
            answer.at("/addToCart/userErrors/0/path"),
            &json!(["quantity"])
        );
    }
    shop.add(&viewer, variant, 99).await;
    assert_eq!(
        refusals(&shop.add(&viewer, variant, 1).await),
        ["InvalidInput"]
    );
    let input = json!({ "variantId": gid("Variant", variant), "quantity": 1, "ifVersion": 7 });
    let answer = shop.cart_mutation(&viewer, "addToCart", input).await;
    assert_eq!(refusals(&answer), ["StaleVersion"]);
    assert_eq!(answer.at("/addToCart/userErrors/0/current"), 1);
    for _ in 0..49 {
        let another = shop.sells(100, 1).await;
        assert_eq!(refusals(&shop.add(&viewer, another, 1).await), [""; 0]);
    }
    let beyond = shop.sells(100, 1).await;
    let answer = shop.add(&viewer, beyond, 1).await;
    assert_eq!(refusals(&answer), ["CartFull"]);
    assert_eq!(
        answer.at("/addToCart/cart/lines").as_array().unwrap().len(),
        50
    );
}

#[tokio::test]
async fn someone_elses_cart_is_not_found() {
    let shop = Shop::open().await;
    let variant = shop.sells(1_000, 500).await;
    let (owner, thief) = (shopper(), shopper());
    let cart = shop
        .add(&owner, variant, 1)
        .await
        .text("/addToCart/cart/id");
    for viewer in [&thief, &Viewer::Anonymous] {
        let input = json!({ "variantId": gid("Variant", variant), "quantity": 1, "cartId": cart });
        assert_eq!(
            shop.cart_mutation(viewer, "addToCart", input).await.code(),
            "NOT_FOUND"
        );
        let input = json!({ "variantId": gid("Variant", variant), "quantity": 1, "cartToken": "x".repeat(43) });
        assert_eq!(
            shop.cart_mutation(viewer, "addToCart", input).await.code(),
            "NOT_FOUND"
        );
    }
    let input = json!({ "variantId": gid("Product", variant), "quantity": 1 });
    assert_eq!(
        shop.cart_mutation(&owner, "addToCart", input).await.code(),
        "INVALID_INPUT"
    );
    let input =
        json!({ "variantId": gid("Variant", variant), "quantity": 1, "idempotencyKey": "mine" });
    assert_eq!(
        shop.cart_mutation(&owner, "addToCart", input).await.code(),
        "INVALID_INPUT"
    );
}
