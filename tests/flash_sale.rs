//! Everybody wants the same thing at once: never oversold, and whoever falls short is told how much is left (I1).
#![expect(clippy::panic, reason = "a test may panic")]

use futures::{StreamExt, stream};
use serde_json::json;
use system_tests::{Shopper, Stage, available, key, search, set_stock};

const SHOPPERS: usize = 200;
const CALLS_EACH: usize = 10;
const STOCK: i64 = 500;

/// Orders one piece; whether it is there, only products decides. Gives the order's id.
async fn buy(shopper: &Shopper, variant: &str) -> String {
    shopper.add(variant, 1).await;
    let cart = shopper.set_address().await;
    let placed = shopper.place(&cart, &key()).await;
    assert_eq!(
        placed.at("/placeOrder/userErrors"),
        &json!([]),
        "{placed:?}"
    );
    placed.text("/placeOrder/order/id")
}

system_tests::both!(two_thousand_orders_for_five_hundred_pieces);

async fn two_thousand_orders_for_five_hundred_pieces(shop: Stage) {
    let client = shop.client();
    let variant = search(&client, "jacket", 1).await.variant;
    set_stock(&client, &variant, STOCK).await;
    let orders: Vec<(Shopper, String)> = stream::iter(0..SHOPPERS)
        .map(|_| async {
            let shopper = Shopper::register(&client).await;
            let mut orders = Vec::with_capacity(CALLS_EACH);
            for _ in 0..CALLS_EACH {
                let order = buy(&shopper, &variant).await;
                orders.push((shopper.clone(), order));
            }
            orders
        })
        .buffer_unordered(SHOPPERS)
        .collect::<Vec<_>>()
        .await
        .into_iter()
        .flatten()
        .collect();
    assert_eq!(orders.len(), SHOPPERS * CALLS_EACH);
    shop.drain().await;

    let (mut reserved, mut rejected) = (0, 0);
    let mut shown = stream::iter(&orders)
        .map(|(shopper, order)| shopper.show(order))
        .buffer_unordered(SHOPPERS);
    while let Some(shown) = shown.next().await {
        match shown.text("/order/status").as_str() {
            "AWAITING_PAYMENT" => reserved += 1,
            "REJECTED" => {
                rejected += 1;
                assert_eq!(
                    shown.at("/order/rejections"),
                    &json!([{ "requested": 1, "available": 0 }])
                );
            }
            other => panic!("an order is {other}"),
        }
    }
    assert_eq!((reserved, rejected), (STOCK, 2_000 - STOCK));
    assert_eq!(available(&client, &variant).await, 0);
    shop.holds().await;
    shop.close().await;
}
