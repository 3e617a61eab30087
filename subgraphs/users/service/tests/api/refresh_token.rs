//! `refreshToken`.

use fault::Fault;
use sea_orm::ConnectionTrait;

use crate::shop::{announced, log_in, refresh, register, start, try_refresh};

#[tokio::test]
async fn each_token_gives_the_next_one() {
    let app = start().await;
    let ada = register(&app, "ada@example.com").await;
    let mut latest = ada.clone();
    for _ in 0..3 {
        let next = refresh(&app, &latest.refresh_token).await;
        assert_ne!(next.refresh_token, latest.refresh_token);
        assert_ne!(next.access_token, latest.access_token);
        assert_eq!(
            (next.user().id, next.user().session_id),
            (ada.user().id, ada.user().session_id)
        );
        latest = next;
    }
}

#[tokio::test]
async fn a_token_that_comes_again_ends_the_family() {
    let app = start().await;
    let ada = register(&app, "ada@example.com").await;
    let other = log_in(&app, "ada@example.com").await;
    let next = refresh(&app, &ada.refresh_token).await;
    assert_eq!(
        try_refresh(&app, &ada.refresh_token).await.code(),
        "TOKEN_REVOKED"
    );
    assert_eq!(
        try_refresh(&app, &next.refresh_token).await.code(),
        "TOKEN_REVOKED",
        "the good one too"
    );
    assert_eq!(
        app.verifier.verify(&next.access_token).unwrap_err().code(),
        fault::Code::TokenRevoked
    );
    refresh(&app, &other.refresh_token).await;

    let events = app.events().await;
    assert_eq!(events.len(), 1, "announced once, however often it comes");
    assert_eq!(
        (events[0].kind.as_str(), events[0].sequence),
        ("session.revoked.v1", 2)
    );
    assert_eq!(
        events[0].data["session_id"],
        ada.user().session_id.to_string()
    );
}

#[tokio::test]
async fn of_many_at_once_none_or_one_wins_and_the_session_ends() {
    let app = start().await;
    let ada = register(&app, "ada@example.com").await;
    let attempt = || try_refresh(&app, &ada.refresh_token);
    let (one, two, three, four) = tokio::join!(attempt(), attempt(), attempt(), attempt());
    let won: Vec<_> = [one, two, three, four]
        .into_iter()
        .filter(|answer| answer.errors().is_empty())
        .collect();
    assert_eq!(won.len(), 1);
    let token = won[0].text("/refreshToken/session/refreshToken");
    assert_eq!(try_refresh(&app, &token).await.code(), "TOKEN_REVOKED");
    assert_eq!(announced(&app).await, ["session.revoked.v1"]);
}

#[tokio::test]
async fn what_never_was_a_token_is_unauthenticated_and_writes_nothing() {
    let app = start().await;
    let ada = register(&app, "ada@example.com").await;
    let before = app.database.stats().transactions;
    for token in ["", "guess", &ada.access_token, &"x".repeat(100_000)] {
        assert_eq!(try_refresh(&app, token).await.code(), "UNAUTHENTICATED");
    }
    assert_eq!(app.database.stats().transactions, before);
}

#[tokio::test]
async fn a_session_whose_time_is_over_is_expired() {
    let app = start().await;
    let ada = register(&app, "ada@example.com").await;
    app.database
        .write(|tx| async move {
            tx.execute_unprepared("UPDATE sessions SET until = 1")
                .await
                .map_err(Fault::internal)?;
            Ok::<_, Fault>(())
        })
        .await
        .unwrap();
    assert_eq!(
        try_refresh(&app, &ada.refresh_token).await.code(),
        "TOKEN_EXPIRED"
    );
}

#[tokio::test]
async fn the_database_holds_no_token() {
    let app = start().await;
    let ada = register(&app, "ada@example.com").await;
    let next = refresh(&app, &ada.refresh_token).await;
    let rows = app
        .database
        .read()
        .query_all_raw(sea_orm::Statement::from_string(
            app.database.backend(),
            "SELECT hash FROM refresh_tokens",
        ))
        .await
        .unwrap();
    assert_eq!(rows.len(), 2);
    for row in rows {
        let hash: String = row.try_get("", "hash").unwrap();
        assert!(hash != ada.refresh_token && hash != next.refresh_token);
    }
}
