use identity::Viewer;
use serde_json::json;

use crate::shop::{Shop, refusals, shopper};

#[tokio::test]
async fn keeps_a_checked_address() {
    let shop = Shop::open().await;
    let viewer = shopper();
    let answer = shop
        .cart_mutation(
            &viewer,
            "setCartAddress",
            json!({ "address": Shop::address() }),
        )
        .await;
    assert_eq!(answer.at("/setCartAddress/cart/address/country"), "GB");
    let mut wrong = Shop::address();
    wrong["country"] = json!("UK");
    wrong["name"] = json!(" ");
    let answer = shop
        .cart_mutation(&viewer, "setCartAddress", json!({ "address": wrong }))
        .await;
    assert_eq!(refusals(&answer), ["InvalidInput", "InvalidInput"]);
    assert_eq!(
        answer.at("/setCartAddress/userErrors/0/path"),
        &json!(["address", "name"])
    );
    assert_eq!(
        answer.at("/setCartAddress/cart/address/name"),
        "Ada Lovelace"
    );
}

#[tokio::test]
async fn needs_a_cart_of_ones_own() {
    let shop = Shop::open().await;
    let variant = shop.sells(1_000, 9).await;
    let cart = shop
        .add(&shopper(), variant, 1)
        .await
        .text("/addToCart/cart/id");
    let input = json!({ "address": Shop::address(), "cartId": cart });
    for viewer in [&shopper(), &Viewer::Anonymous] {
        let answer = shop
            .cart_mutation(viewer, "setCartAddress", input.clone())
            .await;
        assert_eq!(answer.code(), "NOT_FOUND");
    }
}
