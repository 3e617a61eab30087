//! Several replicas of orders on one database.

use serving::{Serving, config::Settings};

use crate::shop::{Shop, shopper};

#[tokio::test]
async fn sweepers_of_many_replicas_share_the_work_and_each_order_expires_once() {
    if testkit::server(testkit::POSTGRES).is_none() {
        return;
    }
    let overdue = Settings::default().with("orders", "deadline_ms", 0);
    let shop = Shop::open_with(overdue).await;
    let viewer = shopper();
    let mut orders = Vec::new();
    for _ in 0..30 {
        let order = shop.ordered(&viewer).await;
        shop.reserved(order).await;
        orders.push(order);
    }
    shop.app.ignore_events().await;
    let mut replicas = Vec::new();
    for _ in 0..3 {
        replicas.push(shop.app.replica(Settings::default()).await);
    }
    let sweeps = replicas.iter().flat_map(|replica| {
        let jobs = replica.served.jobs();
        jobs.into_iter().filter(|job| job.name == "orders.sweep")
    });
    let sweeps = sweeps.map(|job| (job.run)());
    for swept in futures::future::join_all(sweeps).await {
        swept.unwrap();
    }
    let mut expired: Vec<_> = shop
        .app
        .events()
        .await
        .into_iter()
        .filter(|event| event.kind == "order.expired.v1")
        .map(|event| event.aggregate_id)
        .collect();
    expired.sort_unstable();
    orders.sort_unstable();
    assert_eq!(expired, orders);
}
