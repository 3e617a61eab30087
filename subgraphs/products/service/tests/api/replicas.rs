//! Several replicas of products on one database.

use database::DatabaseError;
use events::Envelope;
use sea_orm::ConnectionTrait;
use serde_json::json;
use serving::{Serving, config::Settings};
use testkit::TestApp;

use crate::{
    engine::Engine,
    furnished::{names, search},
    shop::{App, goods, kinds, ledger_sums, levels, lines, mutate, placed, simple, stocked},
};

#[tokio::test]
async fn sweepers_share_the_work_and_each_reservation_expires_once() {
    if testkit::server(testkit::POSTGRES).is_none() {
        return;
    }
    let hasty = Settings::default().with("products", "reservation_grace_seconds", 0);
    let app: App = TestApp::start_with(hasty.clone()).await;
    let lamp = stocked(&app, "lamp", 100).await;
    for _ in 0..30 {
        app.deliver(&placed(app.clock.id(), lines(&[(&lamp, 2)]), 0))
            .await;
    }
    app.ignore_events().await;
    let mut replicas = Vec::new();
    for _ in 0..3 {
        replicas.push(app.replica(hasty.clone()).await);
    }
    let sweeps = replicas.iter().flat_map(|replica| {
        let jobs = replica.served.jobs().into_iter();
        jobs.filter(|job| job.name == "products.sweep_reservations")
    });
    let sweeps = sweeps.map(|job| (job.run)());
    for swept in futures::future::join_all(sweeps).await {
        swept.unwrap();
    }
    assert_eq!(levels(&app, &lamp).await, (100, 0));
    assert_eq!(ledger_sums(&app, &lamp).await, (100, 0));
    let events = app.events().await;
    let released = kinds(&events);
    let released = released
        .iter()
        .filter(|kind| **kind == "inventory.released.v1");
    assert_eq!(released.count(), 30);
}

/// Handles these events in one transaction, as a receiver does.
async fn handle(app: &App, batch: &[&Envelope]) {
    let handlers = &app.served.handlers();
    let handled: Result<(), DatabaseError> = app
        .database
        .write(|tx| async move {
            for handler in handlers {
                handler.prepare(&tx, batch).await?;
            }
            for event in batch {
                for handler in handlers.iter().filter(|one| one.event_type() == event.kind) {
                    handler.handle(&tx, event).await.unwrap();
                }
            }
            Ok(())
        })
        .await;
    handled.unwrap();
}

#[tokio::test]
async fn batches_with_the_same_goods_in_other_orders_do_not_deadlock() {
    if testkit::server(testkit::POSTGRES).is_none() {
        return;
    }
    let app: App = TestApp::start().await;
    let other = app.replica(Settings::default()).await;
    let (lamp, chair) = (
        stocked(&app, "lamp", 1_000).await,
        stocked(&app, "chair", 1_000).await,
    );
    for _ in 0..20 {
        let order = |goods| placed(app.clock.id(), lines(&[(goods, 1)]), 60_000);
        let (one, two) = (order(&lamp), order(&chair));
        let (three, four) = (order(&chair), order(&lamp));
        let (ones, others) = ([&one, &two], [&three, &four]);
        tokio::join!(handle(&app, &ones), handle(&other, &others));
    }
    assert_eq!(levels(&app, &lamp).await, (1_000, 40));
    assert_eq!(levels(&app, &chair).await, (1_000, 40));
    app.ignore_events().await;
    // A session tells its share of the statistics when it ends.
    other.database.close().await.unwrap();
    app.database.close().await.unwrap();
    let url = app.reach().url.clone();
    let admin = Box::pin(sea_orm::Database::connect(url)).await.unwrap();

    let count = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    let row = admin
        .query_one_raw(sea_orm::Statement::from_string(
            admin.get_database_backend(),
            count,
        ))
        .await
        .unwrap()
        .unwrap();
    let deadlocks: i64 = row.try_get_by_index(0).unwrap();
    assert_eq!(deadlocks, 0);
}

#[tokio::test]
async fn two_workers_that_index_at_once_lose_nothing_and_bring_nothing_back() {
    let Some(engine) = Engine::elasticsearch() else {
        return;
    };
    let app: App = TestApp::start_with(engine.settings()).await;
    let workers = [
        app.replica(engine.settings()).await,
        app.replica(engine.settings()).await,
    ];
    // Made once: who builds anew later is alone.
    app.subgraph().catch_up().await.unwrap();
    let (over, mut kept) = (std::cell::Cell::new(false), Vec::new());
    let work = async |worker: &App| {
        while !over.get() {
            worker.subgraph().catch_up().await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    let sell = async {
        for place in 0..30 {
            let made = goods(&app, simple(&format!("goods-{place}"), "Stale", 1, 1)).await;
            let (operation, kind, input) = if place % 3 == 0 {
                let input = json!({ "productId": made.product });
                ("archiveProduct", "ArchiveProductInput", input)
            } else {
                let name = format!("Fresh {place:02}");
                let input = json!({ "productId": made.product, "name": name });
                kept.push(name);
                ("updateProduct", "UpdateProductInput", input)
            };
            mutate(&app, operation, kind, "replayed", input).await;
            if place == 15 {
                app.subgraph().reindex(&|_, _| {}).await.unwrap();
            }
        }
        over.set(true);
    };
    tokio::join!(sell, work(&workers[0]), work(&workers[1]));
    for worker in &workers {
        worker.subgraph().catch_up().await.unwrap();
        let all = search(worker, json!({ "first": 100 })).await;
        assert_eq!(all.at("/searchProducts/totalCount"), kept.len());
        let mut found = names(&all);
        found.sort_unstable();
        assert_eq!(found, kept);
    }
    let stale = search(&app, json!({ "query": "stale" })).await;
    assert_eq!(stale.at("/searchProducts/totalCount"), 0);
    assert_eq!(engine.indices().len(), 1, "what was built anew is alone");
    app.ignore_events().await;
}
