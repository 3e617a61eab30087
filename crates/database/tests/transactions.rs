//! What the transaction wrapper promises, on a real file.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use clock::Clock;
use database::{
    Database, DatabaseError,
    idempotency::{Once, Seen},
};
use migrations::Orders;
use sea_orm::{
    ConnectionTrait, DbBackend,
    sea_query::{Expr, Query},
};
use tempfile::TempDir;
use uuid::Uuid;

async fn database() -> (Database, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let config = testkit::database_in::<Orders>(folder.path(), "orders").await;
    let database = Database::connect(&config, Clock::system()).await.unwrap();
    (database, folder)
}

fn once(key: Uuid, request: &str) -> Once {
    Once::new("someone".to_owned(), "placeOrder", Some(key), &request)
}

#[tokio::test]
async fn an_error_rolls_back_and_runs_no_hook() {
    let (database, _folder) = database().await;
    let ran = Arc::new(AtomicU32::new(0));
    let once = &once(Clock::system().id(), "this");
    let failed: Result<(), DatabaseError> = database
        .write(|tx| {
            let ran = Arc::clone(&ran);
            async move {
                tx.on_commit(move || {
                    ran.fetch_add(1, Ordering::SeqCst);
                });
                once.keep(&tx, &1).await?;
                Err(DatabaseError::corrupt("test", "on purpose"))
            }
        })
        .await;
    assert!(failed.is_err());
    assert_eq!(ran.load(Ordering::SeqCst), 0);
    let seen = database
        .write(|tx| async move { once.look::<i32>(&tx).await })
        .await
        .unwrap();
    assert_eq!(seen, Seen::Never);
}

#[tokio::test]
async fn fifty_at_once_do_the_work_once() {
    let (database, _folder) = database().await;
    let key = Clock::system().id();
    let (this, other) = (&once(key, "this"), &once(key, "other"));
    let worked = &AtomicU32::new(0);
    let outcomes = futures::future::join_all((0..50).map(|caller| {
        let database = &database;
        async move {
            database
                .write(|tx| async move {
                    match this.look::<i32>(&tx).await? {
                        Seen::Before(outcome) => Ok::<_, DatabaseError>(outcome),
                        Seen::Otherwise => {
                            Err(DatabaseError::corrupt("test", "no conflict was due"))
                        }
                        Seen::Never => {
                            worked.fetch_add(1, Ordering::SeqCst);
                            this.keep(&tx, &caller).await?;
                            Ok(caller)
                        }
                    }
                })
                .await
                .unwrap()
        }
    }))
    .await;
    assert_eq!(worked.load(Ordering::SeqCst), 1);
    assert!(outcomes.iter().all(|outcome| *outcome == outcomes[0]));
    let seen = database
        .write(|tx| async move { other.look::<i32>(&tx).await })
        .await
        .unwrap();
    assert_eq!(seen, Seen::Otherwise);
}

#[tokio::test]
async fn tells_the_time_and_counts() {
    let (database, _folder) = database().await;
    let before = database.stats();
    let here = Clock::system().now();
    let there = database
        .write(|tx| async move {
            let one = Query::select().expr(Expr::val(1_i64)).to_owned();
            tx.query_one(&one).await?;
            tx.now().await
        })
        .await
        .unwrap();
    assert!(there.since(here).as_secs() < 5 && here.since(there).as_secs() < 5);
    let after = database.stats();
    // SQLite's time is this process's, and no statement asks for it.
    let asked = match database.backend() {
        DbBackend::Sqlite => 1,
        _ => 2,
    };
    assert_eq!(
        (
            after.statements - before.statements,
            after.transactions - before.transactions
        ),
        (asked, 1)
    );
}

#[tokio::test]
async fn a_reader_cannot_write() {
    let (database, _folder) = database().await;
    assert!(
        database
            .read()
            .execute_unprepared("DELETE FROM idempotency")
            .await
            .is_err()
    );
}
