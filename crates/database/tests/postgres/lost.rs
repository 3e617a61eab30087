//! The server is gone, and comes back: connections are replaced with nobody's help.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use database::DatabaseError;
use fault::Code;
use sea_orm::ConnectionTrait;

use crate::ground::{Ground, code, number, run};

const READ: &str = "SELECT COUNT(*) FROM counts";

#[tokio::test]
async fn lost_connections_are_replaced_before_they_are_used() {
    let Some(ground) = Ground::open(|config| config.test_after_idle_ms = 0).await else {
        return;
    };
    for _ in 0..3 {
        let reads = (0..8).map(|_| number(ground.database.read(), READ));
        for read in futures::future::join_all(reads).await {
            read.unwrap();
        }
        run(&ground.database, "UPDATE counts SET n = n + 1 WHERE id = 1")
            .await
            .unwrap();
        ground.cut().await;
    }
    assert_eq!(number(ground.database.read(), READ).await.unwrap(), 2);
}

#[tokio::test]
async fn a_connection_that_breaks_in_a_transaction_costs_another_run() {
    let Some(ground) = Ground::open(|_| ()).await else {
        return;
    };
    let (ground, runs) = (&ground, &AtomicU32::new(0));
    ground
        .database
        .write(|tx| async move {
            tx.execute_unprepared("UPDATE counts SET n = n + 1 WHERE id = 1")
                .await?;
            if runs.fetch_add(1, Ordering::SeqCst) == 0 {
                ground.cut().await;
            }
            tx.execute_unprepared("UPDATE counts SET n = n + 1 WHERE id = 2")
                .await?;
            Ok::<_, DatabaseError>(())
        })
        .await
        .unwrap();
    assert_eq!(runs.load(Ordering::SeqCst), 2);
    let sum = number(&ground.admin, "SELECT SUM(n)::BIGINT FROM counts").await;
    assert_eq!(sum.unwrap(), 2);
}

#[tokio::test]
async fn while_the_server_is_away_requests_end_in_time_and_then_go_on() {
    let Some(ground) = Ground::open(|config| {
        config.acquire_timeout_ms = 300;
        config.test_after_idle_ms = 0;
    })
    .await
    else {
        return;
    };
    let name = ground.config.url.rsplit('/').next().unwrap();
    let name = name.split('?').next().unwrap();
    // A superuser would get in all the same, so nobody may.
    let allow = |may: bool| format!("ALTER DATABASE {name} WITH ALLOW_CONNECTIONS {may}");
    let admin = Box::pin(sea_orm::Database::connect(testkit::postgres().unwrap()))
        .await
        .unwrap();
    admin.execute_unprepared(&allow(false)).await.unwrap();
    ground.cut().await;
    let began = Instant::now();
    let reads = (0..40).map(|_| number(ground.database.read(), READ));
    for read in futures::future::join_all(reads).await {
        assert_eq!(code(read.unwrap_err()), Code::Unavailable);
    }
    let write = run(&ground.database, "UPDATE counts SET n = 1").await;
    assert_eq!(code(write.unwrap_err()), Code::Unavailable);
    assert!(began.elapsed() < Duration::from_secs(10));
    admin.execute_unprepared(&allow(true)).await.unwrap();
    // On a busy machine a connection takes longer than a request waits for one here.
    testkit::until("a write that works", async || {
        run(&ground.database, "UPDATE counts SET n = 1").await.ok()
    })
    .await;
    let read = testkit::until("a read that works", async || {
        number(ground.database.read(), READ).await.ok()
    });
    assert_eq!(read.await, 2);
}
