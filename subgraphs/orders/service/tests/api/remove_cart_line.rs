use identity::Viewer;
use serde_json::json;

use crate::shop::{Shop, refusals, shopper};

#[tokio::test]
async fn takes_one_line_out() {
    let shop = Shop::open().await;
    let viewer = shopper();
    shop.add(&viewer, shop.sells(1_000, 9).await, 2).await;
    let cart = shop.add(&viewer, shop.sells(500, 9).await, 1).await;
    let line = cart.text("/addToCart/cart/lines/0/id");
    let input = json!({ "lineId": line });
    let thief = shop
        .cart_mutation(&shopper(), "removeCartLine", input.clone())
        .await;
    assert_eq!(thief.code(), "NOT_FOUND");
    let nobody = shop
        .cart_mutation(&Viewer::Anonymous, "removeCartLine", input.clone())
        .await;
    assert_eq!(nobody.code(), "NOT_FOUND");
    let answer = shop
        .cart_mutation(&viewer, "removeCartLine", input.clone())
        .await;
    assert_eq!(answer.at("/removeCartLine/cart/quantity"), 1);
    let again = shop.cart_mutation(&viewer, "removeCartLine", input).await;
    assert_eq!(refusals(&again), ["InvalidInput"]);
}
