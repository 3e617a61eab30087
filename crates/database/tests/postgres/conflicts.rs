//! Serialization failures, deadlocks and races end in another run, not at the caller.

use std::sync::atomic::{AtomicU32, Ordering};

use database::{Database, DatabaseError, Isolation};
use sea_orm::ConnectionTrait;
use tokio::sync::Barrier;

use crate::ground::{Ground, number};

/// Adds one to both rows, in this order, the first time with a pause between them until the other one is there.
async fn both(
    database: &Database,
    order: [i32; 2],
    meet: &Barrier,
    runs: &AtomicU32,
) -> Result<(), DatabaseError> {
    let first = &AtomicU32::new(0);
    database
        .write(|tx| async move {
            runs.fetch_add(1, Ordering::SeqCst);
            let once = first.fetch_add(1, Ordering::SeqCst) == 0;
            for (place, id) in order.into_iter().enumerate() {
                if place == 1 && once {
                    meet.wait().await;
                }
                tx.execute_unprepared(&format!("UPDATE counts SET n = n + 1 WHERE id = {id}"))
                    .await?;
            }
            Ok(())
        })
        .await
}

#[tokio::test]
async fn a_deadlock_is_run_again() {
    let Some(ground) = Ground::open(|_| ()).await else {
        return;
    };
    let (meet, runs) = (Barrier::new(2), AtomicU32::new(0));
    let (one, two) = tokio::join!(
        both(&ground.database, [1, 2], &meet, &runs),
        both(&ground.database, [2, 1], &meet, &runs),
    );
    one.unwrap();
    two.unwrap();
    // PostgreSQL ended one of the two first runs.
    assert!(runs.load(Ordering::SeqCst) > 2);
    let sum = number(&ground.admin, "SELECT SUM(n)::BIGINT FROM counts").await;
    assert_eq!(sum.unwrap(), 4);
}

#[tokio::test]
async fn a_serialization_failure_is_run_again() {
    for isolation in [Isolation::RepeatableRead, Isolation::Serializable] {
        let Some(ground) = Ground::open(|config| config.isolation = isolation).await else {
            return;
        };
        let (meet, runs) = (&Barrier::new(2), &AtomicU32::new(0));
        let bump = || async {
            let first = &AtomicU32::new(0);
            ground
                .database
                .write(|tx| async move {
                    runs.fetch_add(1, Ordering::SeqCst);
                    let seen = number(&tx, "SELECT n FROM counts WHERE id = 1").await?;
                    if first.fetch_add(1, Ordering::SeqCst) == 0 {
                        // Both have read before one writes.
                        meet.wait().await;
                    }
                    let set = format!("UPDATE counts SET n = {} WHERE id = 1", seen + 1);
                    tx.execute_unprepared(&set).await?;
                    Ok::<_, DatabaseError>(())
                })
                .await
        };
        let (one, two) = tokio::join!(bump(), bump());
        one.unwrap();
        two.unwrap();
        assert!(runs.load(Ordering::SeqCst) > 2, "{isolation:?}");
        let n = number(&ground.admin, "SELECT n FROM counts WHERE id = 1").await;
        assert_eq!(n.unwrap(), 2, "{isolation:?}");
    }
}

#[tokio::test]
async fn a_race_that_the_work_reports_is_run_again() {
    let Some(ground) = Ground::open(|_| ()).await else {
        return;
    };
    let (meet, won) = (&Barrier::new(8), &AtomicU32::new(0));
    let bump = |_| async {
        let first = &AtomicU32::new(0);
        ground
            .database
            .write(|tx| async move {
                let seen = number(&tx, "SELECT n FROM counts WHERE id = 1").await?;
                if first.fetch_add(1, Ordering::SeqCst) == 0 {
                    meet.wait().await;
                }
                let next = seen + 1;
                let set = format!("UPDATE counts SET n = {next} WHERE id = 1 AND n = {seen}");
                if tx.execute_unprepared(&set).await?.rows_affected() == 0 {
                    return Err(tx.raced("counts"));
                }
                Ok::<_, DatabaseError>(())
            })
            .await
            .unwrap();
        won.fetch_add(1, Ordering::SeqCst);
    };
    futures::future::join_all((0..8).map(bump)).await;
    let n = number(&ground.admin, "SELECT n FROM counts WHERE id = 1").await;
    assert_eq!(n.unwrap(), 8);
}

#[tokio::test]
async fn a_failure_that_is_passed_over_is_no_commit() {
    let Some(ground) = Ground::open(|_| ()).await else {
        return;
    };
    let done: Result<(), DatabaseError> = ground
        .database
        .write(|tx| async move {
            let _ = tx.execute_unprepared("SELECT nothing FROM nowhere").await;
            Ok(())
        })
        .await;
    assert!(matches!(done, Err(DatabaseError::WentOn)));
}
