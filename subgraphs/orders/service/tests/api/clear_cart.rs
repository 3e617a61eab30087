use identity::Viewer;
use serde_json::json;

use crate::shop::{Shop, refusals, shopper};

#[tokio::test]
async fn takes_all_lines_out_and_keeps_the_address() {
    let shop = Shop::open().await;
    let viewer = shopper();
    let variant = shop.sells(1_000, 9).await;
    let cart = shop.ready_cart(&viewer, variant, 2).await;
    assert_eq!(
        shop.cart_mutation(&shopper(), "clearCart", json!({ "cartId": cart }))
            .await
            .code(),
        "NOT_FOUND"
    );
    assert_eq!(
        shop.cart_mutation(&Viewer::Anonymous, "clearCart", json!({}))
            .await
            .code(),
        "NOT_FOUND"
    );
    let stale = shop
        .cart_mutation(&viewer, "clearCart", json!({ "ifVersion": 1 }))
        .await;
    assert_eq!(refusals(&stale), ["StaleVersion"]);
    let answer = shop
        .cart_mutation(
            &viewer,
            "clearCart",
            json!({ "cartId": cart, "ifVersion": 2 }),
        )
        .await;
    assert_eq!(answer.at("/clearCart/cart/lines"), &json!([]));
    assert_eq!(answer.at("/clearCart/cart/totals/total/units"), 0);
    assert_eq!(answer.at("/clearCart/cart/address/name"), "Ada Lovelace");
}
