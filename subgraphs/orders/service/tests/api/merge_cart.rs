use identity::Viewer;
use serde_json::json;

use crate::shop::{Shop, gid, key, refusals, shopper};

#[tokio::test]
async fn brings_both_carts_together_once() {
    let shop = Shop::open().await;
    let viewer = shopper();
    let (both, theirs) = (shop.sells(1_000, 99).await, shop.sells(500, 99).await);
    let token = shop
        .add(&Viewer::Anonymous, both, 2)
        .await
        .text("/addToCart/cartToken");
    let guest = json!({ "variantId": gid("Variant", theirs), "quantity": 1, "cartToken": token });
    shop.cart_mutation(&Viewer::Anonymous, "addToCart", guest)
        .await;
    let address = json!({ "address": Shop::address(), "cartToken": token });
    shop.cart_mutation(&Viewer::Anonymous, "setCartAddress", address)
        .await;
    shop.add(&viewer, both, 3).await;
    let before = shop.app.database.stats().transactions;
    let input = json!({ "cartToken": token, "idempotencyKey": key() });
    let answer = shop
        .cart_mutation(&viewer, "mergeCart", input.clone())
        .await;
    assert_eq!(shop.app.database.stats().transactions - before, 1);
    assert_eq!(answer.at("/mergeCart/cart/lines/0/quantity"), 5);
    assert_eq!(answer.at("/mergeCart/cart/quantity"), 6);
    assert_eq!(answer.at("/mergeCart/cart/address/name"), "Ada Lovelace");
    let again = shop.cart_mutation(&viewer, "mergeCart", input).await;
    assert_eq!(again.at("/mergeCart/replayed"), true);
    assert_eq!(again.at("/mergeCart/cart/quantity"), 6);
    let gone = shop
        .send(
            &Viewer::Anonymous,
            "query($t: String!) { cart(token: $t) { id } }",
            json!({ "t": token }),
        )
        .await;
    assert_eq!(gone.at("/cart"), &json!(null));
    let once_more = shop
        .cart_mutation(&viewer, "mergeCart", json!({ "cartToken": token }))
        .await;
    assert_eq!(once_more.code(), "NOT_FOUND");
}

#[tokio::test]
async fn tells_what_did_not_fit_and_asks_for_a_log_in() {
    let shop = Shop::open().await;
    let viewer = shopper();
    let variant = shop.sells(1_000, 999).await;
    let token = shop
        .add(&Viewer::Anonymous, variant, 60)
        .await
        .text("/addToCart/cartToken");
    let input = json!({ "cartToken": token });
    let refused = shop
        .cart_mutation(&Viewer::Anonymous, "mergeCart", input.clone())
        .await;
    assert_eq!(refused.code(), "UNAUTHENTICATED");
    shop.add(&viewer, variant, 60).await;
    let answer = shop.cart_mutation(&viewer, "mergeCart", input).await;
    assert_eq!(refusals(&answer), ["CartCut"]);
    assert_eq!(answer.at("/mergeCart/cart/quantity"), 99);
}
