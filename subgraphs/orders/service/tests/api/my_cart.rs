use identity::Viewer;
use serde_json::json;

use crate::shop::{Shop, shopper};

#[tokio::test]
async fn is_ones_own_and_costs_three_statements() {
    let shop = Shop::open().await;
    let viewer = shopper();
    let show = async |viewer: &Viewer| {
        shop.send(
            viewer,
            "{ myCart { id quantity lines { variant { id } } } }",
            json!({}),
        )
        .await
    };
    assert_eq!(show(&viewer).await.at("/myCart"), &json!(null));
    for _ in 0..10 {
        shop.add(&viewer, shop.sells(1_000, 5).await, 1).await;
    }
    let before = shop.app.database.stats().statements;
    assert_eq!(show(&viewer).await.at("/myCart/quantity"), 10);
    assert_eq!(shop.app.database.stats().statements - before, 3);
    assert_eq!(show(&shopper()).await.at("/myCart"), &json!(null));
    assert_eq!(show(&Viewer::Anonymous).await.code(), "UNAUTHENTICATED");
}
