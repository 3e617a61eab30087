//! `product.changed` and `stock.changed`: the copy of what can be bought.

use events::products::SaleState;

use crate::shop::{Shop, id, refusals, shopper};

#[tokio::test]
async fn what_is_not_newer_is_ignored() {
    let shop = Shop::open().await;
    let viewer = shopper();
    let (product, variant) = (id(), id());
    shop.stock(variant, 5, 7).await;
    shop.product(product, 3, SaleState::Published, &[(variant, 1_000)])
        .await;
    shop.product(product, 2, SaleState::Published, &[(variant, 1)])
        .await;
    shop.product(product, 3, SaleState::Archived, &[(variant, 2)])
        .await;
    shop.stock(variant, 4, 100).await;
    shop.stock(variant, 5, 99).await;
    let cart = shop.add(&viewer, variant, 1).await;
    assert_eq!(cart.at("/addToCart/cart/lines/0/available"), 7);
    assert_eq!(cart.at("/addToCart/cart/lines/0/unitPrice/units"), 1_000);
}

#[tokio::test]
async fn what_is_gone_or_archived_is_not_for_sale() {
    let shop = Shop::open().await;
    let viewer = shopper();
    let (product, kept, dropped) = (id(), id(), id());
    shop.product(
        product,
        1,
        SaleState::Published,
        &[(kept, 1_000), (dropped, 2_000)],
    )
    .await;
    shop.stock(kept, 1, 5).await;
    shop.stock(dropped, 1, 5).await;
    shop.add(&viewer, dropped, 1).await;
    shop.product(product, 2, SaleState::Published, &[(kept, 1_000)])
        .await;
    // A late repetition of the first snapshot brings nothing back.
    shop.product(
        product,
        1,
        SaleState::Published,
        &[(kept, 1_000), (dropped, 2_000)],
    )
    .await;
    assert_eq!(
        refusals(&shop.add(&viewer, dropped, 1).await),
        ["NotForSale"]
    );
    let cart = shop.add(&viewer, kept, 1).await;
    assert_eq!(
        cart.at("/addToCart/cart/problems/0/__typename"),
        "NoLongerForSale"
    );
    assert_eq!(cart.at("/addToCart/cart/totals/subtotal/units"), 1_000);
    shop.product(product, 3, SaleState::Archived, &[(kept, 1_000)])
        .await;
    assert_eq!(refusals(&shop.add(&viewer, kept, 1).await), ["NotForSale"]);
}
