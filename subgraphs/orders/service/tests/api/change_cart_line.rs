use identity::Viewer;
use serde_json::json;

use crate::shop::{Shop, gid, id, key, refusals, shopper};

#[tokio::test]
async fn sets_the_quantity_and_settles_the_price() {
    let shop = Shop::open().await;
    let viewer = shopper();
    let (product, variant) = (id(), id());
    shop.product(
        product,
        1,
        events::products::SaleState::Published,
        &[(variant, 1_000)],
    )
    .await;
    shop.stock(variant, 1, 9).await;
    let line = shop
        .add(&viewer, variant, 1)
        .await
        .text("/addToCart/cart/lines/0/id");
    shop.product(
        product,
        2,
        events::products::SaleState::Published,
        &[(variant, 1_200)],
    )
    .await;
    let cart = shop
        .send(
            &viewer,
            "{ myCart { problems { __typename message } } }",
            json!({}),
        )
        .await;
    assert_eq!(cart.at("/myCart/problems/0/__typename"), "PriceChanged");
    let input = json!({ "lineId": line, "quantity": 5, "idempotencyKey": key() });
    let answer = shop
        .cart_mutation(&viewer, "changeCartLine", input.clone())
        .await;
    assert_eq!(answer.at("/changeCartLine/cart/lines/0/quantity"), 5);
    assert_eq!(
        answer.at("/changeCartLine/cart/totals/subtotal/units"),
        6_000
    );
    assert_eq!(answer.at("/changeCartLine/cart/problems"), &json!([]));
    let again = shop.cart_mutation(&viewer, "changeCartLine", input).await;
    assert_eq!(again.at("/changeCartLine/replayed"), true);
    assert_eq!(again.at("/changeCartLine/cart/version"), 2);
}

#[tokio::test]
async fn refuses_what_is_wrong_and_what_is_not_ones_own() {
    let shop = Shop::open().await;
    let viewer = shopper();
    let variant = shop.sells(1_000, 9).await;
    let line = shop
        .add(&viewer, variant, 1)
        .await
        .text("/addToCart/cart/lines/0/id");
    let change = async |viewer: &Viewer, line: &str, quantity: i32| {
        let input = json!({ "lineId": line, "quantity": quantity });
        shop.cart_mutation(viewer, "changeCartLine", input).await
    };
    assert_eq!(refusals(&change(&viewer, &line, 0).await), ["InvalidInput"]);
    assert_eq!(
        refusals(&change(&viewer, &line, 100).await),
        ["InvalidInput"]
    );
    assert_eq!(
        refusals(&change(&viewer, &gid("CartLine", id()), 1).await),
        ["InvalidInput"]
    );
    assert_eq!(
        change(&Viewer::Anonymous, &line, 2).await.code(),
        "NOT_FOUND"
    );
    let thief = shopper();
    assert_eq!(change(&thief, &line, 2).await.code(), "NOT_FOUND");
    shop.add(&thief, variant, 1).await;
    assert_eq!(refusals(&change(&thief, &line, 2).await), ["InvalidInput"]);
    assert_eq!(
        change(&viewer, &line, 1)
            .await
            .at("/changeCartLine/cart/quantity"),
        1
    );
}
