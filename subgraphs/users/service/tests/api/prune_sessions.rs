//! The job that forgets sessions.

use fault::Fault;
use sea_orm::ConnectionTrait;
use serving::Serving;

use crate::shop::{log_in, refresh, register, start, try_refresh};

#[tokio::test]
async fn forgets_what_is_long_over_and_nothing_else() {
    let app = start().await;
    let old = register(&app, "ada@example.com").await;
    app.database
        .write(|tx| async move {
            tx.execute_unprepared("UPDATE sessions SET until = 1")
                .await
                .map_err(Fault::internal)?;
            Ok::<_, Fault>(())
        })
        .await
        .unwrap();
    let live = log_in(&app, "ada@example.com").await;
    let job = app
        .served
        .jobs()
        .into_iter()
        .find(|job| job.name == "users.forget_sessions")
        .unwrap();
    (job.run)().await.unwrap();
    assert_eq!(
        try_refresh(&app, &old.refresh_token).await.code(),
        "UNAUTHENTICATED"
    );
    refresh(&app, &live.refresh_token).await;
}
