//! Everybody wants the same thing at once: never oversold, and whoever falls short is told how much is left (I1).
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use futures::{StreamExt, stream};
use serde_json::json;
use system_tests::{RunningShop, Shopper, available, key, search, set_stock};

const SHOPPERS: usize = 200;
const CALLS_EACH: usize = 10;
const STOCK: i64 = 500;

/// What became of a call: an order, or a refusal before there was one.
enum Outcome {
    Order(Shopper, String),
    OutOfStock,
}

async fn buy(shopper: &Shopper, variant: &str) -> Outcome {
    shopper.add(variant, 1).await;
    let cart = shopper.set_address().await;
    let placed = shopper.place(&cart, &key()).await;
    if let Some(id) = placed.at("/placeOrder/order").get("id") {
        assert_eq!(placed.at("/placeOrder/userErrors"), &json!([]));
        return Outcome::Order(shopper.clone(), id.as_str().unwrap().to_owned());
    }
    // What orders' own copy knows to be gone is refused at once, with the same data as a rejected order has.
    let refusal = placed.at("/placeOrder/userErrors/0");
    assert_eq!(
        (&refusal["__typename"], &refusal["available"]),
        (&json!("OutOfStock"), &json!(0)),
        "{placed:?}"
    );
    shopper.clear().await;
    Outcome::OutOfStock
}

#[tokio::test(flavor = "multi_thread")]
async fn two_thousand_orders_for_five_hundred_pieces() {
    let shop = RunningShop::open().await;
    let client = shop.client();
    let variant = search(&client, "jacket", 1).await.variant;
    set_stock(&client, &variant, STOCK).await;
    let outcomes: Vec<Outcome> = stream::iter(0..SHOPPERS)
        .map(|_| async {
            let shopper = Shopper::register(&client).await;
            let mut outcomes = Vec::with_capacity(CALLS_EACH);
            for _ in 0..CALLS_EACH {
                outcomes.push(buy(&shopper, &variant).await);
            }
            outcomes
        })
        .buffer_unordered(SHOPPERS)
        .collect::<Vec<_>>()
        .await
        .into_iter()
        .flatten()
        .collect();
    assert_eq!(outcomes.len(), SHOPPERS * CALLS_EACH);
    shop.shop.drain().await.unwrap();

    let (mut reserved, mut short) = (0, 0);
    for outcome in &outcomes {
        let Outcome::Order(shopper, order) = outcome else {
            short += 1;
            continue;
        };
        let shown = shopper.show(order).await;
        match shown.text("/order/status").as_str() {
            "AWAITING_PAYMENT" => reserved += 1,
            "REJECTED" => {
                short += 1;
                assert_eq!(
                    shown.at("/order/rejections"),
                    &json!([{ "requested": 1, "available": 0 }])
                );
            }
            other => panic!("an order is {other}"),
        }
    }
    assert_eq!((reserved, short), (STOCK, 2_000 - STOCK));
    assert_eq!(available(&client, &variant).await, 0);
    shop.holds().await;
    shop.close().await;
}
