//! A commit here wakes a worker there.

use std::time::Duration;

use database::{Database, DatabaseError};
use sea_orm::sqlx::postgres::PgListener;

use crate::ground::Ground;

const LONG: Duration = Duration::from_secs(10);

async fn commit(database: &Database) {
    let done: Result<(), DatabaseError> = database
        .write(|tx| async move {
            tx.wake_on_commit();
            Ok(())
        })
        .await;
    done.unwrap();
}

/// Commits until the other process is woken: it takes a moment until that one listens.
async fn is_woken(there: &Database, here: &Database) {
    let committing = async {
        loop {
            commit(here).await;
            // Between two commits.
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let woken = async {
        // The first wake says that it listens, the next ones are commits.
        there.wakes().notified().await;
        there.wakes().notified().await;
    };
    tokio::select! {
        () = woken => {}
        () = committing => {}
        () = there.listen() => {}
        // The bound of the waiting above.
        () = tokio::time::sleep(LONG) => panic!("nobody was woken"),
    }
}

#[tokio::test]
async fn wakes_another_process_and_again_after_the_connection_was_lost() {
    let Some(ground) = Ground::open(|config| config.test_after_idle_ms = 0).await else {
        return;
    };
    let there = ground.replica().await;
    is_woken(&there, &ground.database).await;
    let listening = there.clone();
    let listener = tokio::spawn(async move { listening.listen().await });
    tokio::time::timeout(LONG, there.wakes().notified())
        .await
        .unwrap();
    ground.cut().await;
    // It listens again, and says so with a wake, as events may have come meanwhile.
    tokio::time::timeout(LONG, there.wakes().notified())
        .await
        .unwrap();
    commit(&ground.database).await;
    tokio::time::timeout(LONG, there.wakes().notified())
        .await
        .unwrap();
    listener.abort();
}

#[tokio::test]
async fn many_commits_share_a_notification() {
    let Some(ground) = Ground::open(|_| ()).await else {
        return;
    };
    let mut heard = PgListener::connect(&ground.config.url).await.unwrap();
    heard.listen("emporium_events").await.unwrap();
    let commits = (0..200).map(|_| commit(&ground.database));
    futures::future::join_all(commits).await;
    let mut notifications = 0;
    while let Ok(told) = tokio::time::timeout(Duration::from_millis(300), heard.recv()).await {
        told.unwrap();
        notifications += 1;
    }
    assert!((1..150).contains(&notifications), "{notifications}");
}
