//! One replica at a time does a job.

use std::time::Duration;

use database::Database;

use crate::ground::Ground;

const SPAN: Duration = Duration::from_millis(400);

async fn ask(replicas: &[Database]) -> Vec<bool> {
    let asked = replicas.iter().map(|one| one.holds_job("test.job", SPAN));
    futures::future::try_join_all(asked).await.unwrap()
}

fn holder(answers: &[bool]) -> usize {
    assert_eq!(answers.iter().filter(|holds| **holds).count(), 1);
    answers.iter().position(|holds| *holds).unwrap()
}

#[tokio::test]
async fn one_of_many_replicas_has_the_job_and_another_one_inherits_it() {
    let Some(ground) = Ground::open(|_| ()).await else {
        return;
    };
    let mut replicas = Vec::new();
    for _ in 0..4 {
        replicas.push(ground.replica().await);
    }
    let first = holder(&ask(&replicas).await);
    for _ in 0..5 {
        assert_eq!(holder(&ask(&replicas).await), first);
    }
    // The holder is gone.
    replicas.remove(first);
    testkit::until("the job's next holder", async || {
        ask(&replicas).await.contains(&true).then_some(())
    })
    .await;
    assert!(ground.database.holds_job("another", SPAN).await.unwrap());
}
