//! Snapshots for lost copies.

use std::sync::Mutex;

use serving::Subgraph;

use crate::shop::{kinds, snapshot, start, stocked};

#[tokio::test]
async fn tells_every_product_and_every_stock_once_more() {
    let app = start().await;
    let lamp = stocked(&app, "lamp", 3).await;
    stocked(&app, "spoon", 1).await;
    let told = Mutex::new(Vec::new());
    let progress = |done| told.lock().unwrap().push(done);
    assert_eq!(
        app.subgraph()
            .republish("products.catalog", &progress)
            .await
            .unwrap(),
        2
    );
    let events = app.events().await;
    assert_eq!(kinds(&events), ["product.changed.v1", "product.changed.v1"]);
    assert!(
        events.iter().all(|event| event.sequence == 2),
        "the sequence goes on"
    );
    assert_eq!(snapshot(&events).version, 1, "the product is as it was");
    assert_eq!(
        app.subgraph()
            .republish("products.inventory", &progress)
            .await
            .unwrap(),
        2
    );
    let events = app.events().await;
    assert_eq!(kinds(&events), ["stock.changed.v1", "stock.changed.v1"]);
    assert!(
        events
            .iter()
            .any(|event| event.aggregate_id == lamp.variant_key && event.sequence == 2)
    );
    assert_eq!(*told.lock().unwrap(), [2, 2]);
    assert!(
        app.subgraph()
            .republish("orders.orders", &|_| {})
            .await
            .is_err()
    );
}
