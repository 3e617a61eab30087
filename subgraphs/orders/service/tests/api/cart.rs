use identity::Viewer;
use serde_json::json;
use serving::config::Settings;

use crate::shop::{Shop, shopper};

const CART: &str = "query($token: String!) { cart(token: $token) { id lines { available problems { __typename } } \
    problems { __typename message lineId ... on ShortStock { requested available } ... on NoLongerForSale { variant { id } } } \
    totals { total { units } } } }";

#[tokio::test]
async fn shows_what_is_available_and_what_is_wrong() {
    let shop = Shop::open().await;
    let variant = shop.sells(1_000, 5).await;
    let token = shop
        .add(&Viewer::Anonymous, variant, 4)
        .await
        .text("/addToCart/cartToken");
    let show = async || {
        shop.send(&Viewer::Anonymous, CART, json!({ "token": token }))
            .await
    };
    assert_eq!(show().await.at("/cart/problems"), &json!([]));
    shop.stock(variant, 2, 3).await;
    let short = show().await;
    assert_eq!(short.at("/cart/lines/0/available"), 3);
    assert_eq!(short.at("/cart/problems/0/__typename"), "ShortStock");
    assert_eq!(short.at("/cart/problems/0/requested"), 4);
    assert_eq!(short.at("/cart/problems/0/message"), "only 3 left");
    // The token is the only way to it, for whoever holds it.
    let unknown = shop
        .send(&shopper(), CART, json!({ "token": "A".repeat(43) }))
        .await;
    assert_eq!(unknown.at("/cart"), &json!(null));
    let endless = shop
        .send(&shopper(), CART, json!({ "token": "A".repeat(100_000) }))
        .await;
    assert_eq!(endless.at("/cart"), &json!(null));
}

#[tokio::test]
async fn the_token_is_stored_as_a_hash_only() {
    let shop = Shop::open().await;
    let variant = shop.sells(1_000, 5).await;
    let token = shop
        .add(&Viewer::Anonymous, variant, 4)
        .await
        .text("/addToCart/cartToken");
    let files = std::fs::read_dir(shop.app.folder())
        .unwrap()
        .map(|entry| entry.unwrap().path());
    for file in files.filter(|path| path.is_file()) {
        let bytes = std::fs::read(&file).unwrap();
        let found = bytes
            .windows(token.len())
            .any(|window| window == token.as_bytes());
        assert!(!found, "{} holds the token", file.display());
    }
}

#[tokio::test]
async fn an_old_cart_is_removed() {
    let shop = Shop::open_with(Settings::default().with("orders", "guest_cart_hours", 0)).await;
    let variant = shop.sells(1_000, 5).await;
    let token = shop
        .add(&Viewer::Anonymous, variant, 1)
        .await
        .text("/addToCart/cartToken");
    let viewer = shopper();
    shop.add(&viewer, variant, 1).await;
    shop.run_job("orders.clean").await;
    assert_eq!(
        shop.send(&viewer, CART, json!({ "token": token }))
            .await
            .at("/cart"),
        &json!(null)
    );
    let own = shop
        .send(&viewer, "{ myCart { quantity } }", json!({}))
        .await;
    assert_eq!(own.at("/myCart/quantity"), 1);
}
