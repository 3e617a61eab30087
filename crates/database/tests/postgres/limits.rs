//! Statements, locks and the pool have their limits; each ends in an answer that says to try again.

use std::time::{Duration, Instant};

use database::DatabaseError;
use fault::Code;
use sea_orm::ConnectionTrait;
use tokio::sync::Notify;

use crate::ground::{Ground, code, number, run};

#[tokio::test]
async fn a_slow_statement_is_given_up() {
    let Some(ground) = Ground::open(|config| config.statement_timeout_ms = 100).await else {
        return;
    };
    let began = Instant::now();
    let write = run(&ground.database, "SELECT pg_sleep(30)").await;
    assert_eq!(code(write.unwrap_err()), Code::Unavailable);
    let read = number(ground.database.read(), "SELECT 1::BIGINT FROM pg_sleep(30)").await;
    assert_eq!(code(read.unwrap_err()), Code::Unavailable);
    assert!(began.elapsed() < Duration::from_secs(10));
    // The connections are as good as before.
    run(&ground.database, "UPDATE counts SET n = 1")
        .await
        .unwrap();
}

#[tokio::test]
async fn a_lock_is_not_waited_for_without_end_and_neither_is_a_connection() {
    let limits = |config: &mut database::DatabaseConfig| {
        config.writers = 2;
        config.lock_timeout_ms = 3_000;
        config.acquire_timeout_ms = 1_000;
    };
    let Some(ground) = Ground::open(limits).await else {
        return;
    };
    let (locked, done) = (&Notify::new(), &Notify::new());
    let holder = ground.database.write(|tx| async move {
        tx.execute_unprepared("UPDATE counts SET n = 1 WHERE id = 1")
            .await?;
        locked.notify_one();
        done.notified().await;
        Ok::<_, DatabaseError>(())
    });
    let others = async {
        locked.notified().await;
        let (waits, none_left) = tokio::join!(
            run(&ground.database, "UPDATE counts SET n = 2 WHERE id = 1"),
            async {
                // The other connection is the one that waits for the lock.
                testkit::until("both connections to be taken", async || {
                    let [_, (taken, _)] = ground.database.pools();
                    (taken == 2).then_some(())
                })
                .await;
                run(&ground.database, "UPDATE counts SET n = 3 WHERE id = 2").await
            }
        );
        assert_eq!(code(waits.unwrap_err()), Code::Unavailable);
        assert_eq!(code(none_left.unwrap_err()), Code::Unavailable);
        done.notify_one();
    };
    let (held, ()) = tokio::join!(holder, others);
    held.unwrap();
}

#[tokio::test]
async fn a_transaction_that_stands_still_frees_its_locks() {
    let limit = |config: &mut database::DatabaseConfig| {
        config.idle_in_transaction_timeout_ms = 100;
    };
    let Some(ground) = Ground::open(limit).await else {
        return;
    };
    let (locked, free) = (&Notify::new(), &Notify::new());
    let mut first = true;
    let first = &std::sync::Mutex::new(std::mem::take(&mut first));
    let still = ground.database.write(|tx| async move {
        tx.execute_unprepared("UPDATE counts SET n = n + 1 WHERE id = 1")
            .await?;
        if std::mem::take(&mut *first.lock().unwrap()) {
            locked.notify_one();
            free.notified().await;
            // The server has ended this one; it is found out now, and the work is run again.
            tx.execute_unprepared("UPDATE counts SET n = n + 1 WHERE id = 2")
                .await?;
        }
        Ok::<_, DatabaseError>(())
    });
    let other = async {
        locked.notified().await;
        // Waits for the lock until the server frees it.
        let done = run(
            &ground.database,
            "UPDATE counts SET n = n + 10 WHERE id = 1",
        )
        .await;
        free.notify_one();
        done
    };
    let (still, other) = tokio::join!(still, other);
    other.unwrap();
    still.unwrap();
    let n = number(&ground.admin, "SELECT n FROM counts WHERE id = 1").await;
    assert_eq!(n.unwrap(), 11);
}

#[tokio::test]
async fn readers_do_not_write_and_the_isolation_is_the_one_set() {
    let Some(ground) =
        Ground::open(|config| config.isolation = database::Isolation::Serializable).await
    else {
        return;
    };
    let write = ground
        .database
        .read()
        .execute_unprepared("DELETE FROM counts")
        .await;
    assert!(write.is_err());
    let level = ground
        .database
        .write(|tx| async move {
            number(
                &tx,
                "SELECT (current_setting('transaction_isolation') = 'serializable')::INT::BIGINT",
            )
            .await
        })
        .await;
    assert_eq!(level.unwrap(), 1);
}
