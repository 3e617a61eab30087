//! `logIn`.

use std::time::{Duration, Instant};

use sea_orm::DbBackend;
use serde_json::json;
use serving::config::Settings;
use testkit::TestApp;
use users::Users;

use crate::shop::{
    LOG_IN, PASSWORD, log_in, refusals, register, settings, start, try_log_in, try_refresh,
};

#[tokio::test]
async fn opens_a_session_of_its_own_each_time() {
    let app = start().await;
    let first = register(&app, "ada@example.com").await;
    let second = log_in(&app, "ADA@example.com ").await;
    assert_eq!(first.user().id, second.user().id);
    assert_ne!(first.user().session_id, second.user().session_id);
}

#[tokio::test]
async fn an_unknown_account_and_a_wrong_password_are_one_answer() {
    let app = start().await;
    register(&app, "ada@example.com").await;
    let wrong = try_log_in(&app, "ada@example.com", "incorrect horse").await;
    assert_eq!(refusals(&wrong, "logIn"), ["WrongCredentials"]);
    for email in ["nobody@example.com", "no address at all", ""] {
        assert_eq!(
            try_log_in(&app, email, PASSWORD).await.0,
            wrong.0,
            "{email}"
        );
    }
}

#[tokio::test]
async fn an_unknown_account_takes_as_long_as_a_wrong_password() {
    let costly = Settings::default()
        .with("users", "argon2_memory_kib", 8192)
        .with("users", "argon2_passes", 4);
    let app: TestApp<Users> = TestApp::start_with(costly).await;
    register(&app, "ada@example.com").await;
    let time = async |email: &str| {
        let began = Instant::now();
        try_log_in(&app, email, "incorrect horse").await;
        began.elapsed()
    };
    // By turns, so that a busy machine is as busy for the one as for the other.
    let (mut known, mut unknown) = (Duration::MAX, Duration::MAX);
    for _ in 0..8 {
        known = known.min(time("ada@example.com").await);
        unknown = unknown.min(time("nobody@example.com").await);
    }
    assert!(
        unknown * 2 > known && known * 2 > unknown,
        "{known:?} against {unknown:?}"
    );
}

#[tokio::test]
async fn an_account_is_guessed_at_so_often_and_no_more_existing_or_not() {
    let app: TestApp<Users> =
        TestApp::start_with(settings().with("users", "login_failures_per_account", 3)).await;
    register(&app, "ada@example.com").await;
    for email in ["ada@example.com", "nobody@example.com"] {
        for _ in 0..3 {
            assert_eq!(
                refusals(&try_log_in(&app, email, "incorrect horse").await, "logIn"),
                ["WrongCredentials"]
            );
        }
        let refused = try_log_in(&app, email, PASSWORD).await;
        assert_eq!(
            refused.code(),
            "RATE_LIMITED",
            "even with the right password"
        );
        assert!(
            refused.errors()[0]["extensions"]["retryAfterMs"]
                .as_u64()
                .unwrap()
                > 800_000
        );
    }
}

#[tokio::test]
async fn guesses_at_once_are_counted_before_they_are_tried() {
    let app: TestApp<Users> =
        TestApp::start_with(settings().with("users", "login_failures_per_account", 3)).await;
    register(&app, "ada@example.com").await;
    let guess = || try_log_in(&app, "ada@example.com", "incorrect horse");
    let (one, two, three, four, five) = tokio::join!(guess(), guess(), guess(), guess(), guess());
    let tried = [one, two, three, four, five]
        .iter()
        .filter(|answer| answer.errors().is_empty())
        .count();
    assert_eq!(tried, 3);
}

#[tokio::test]
async fn success_is_not_counted() {
    let app: TestApp<Users> =
        TestApp::start_with(settings().with("users", "login_failures_per_account", 3)).await;
    register(&app, "ada@example.com").await;
    for _ in 0..10 {
        log_in(&app, "ada@example.com").await;
    }
}

#[tokio::test]
async fn a_client_address_fails_so_often_and_no_more() {
    let app: TestApp<Users> =
        TestApp::start_with(settings().with("users", "login_failures_per_address", 2)).await;
    let attempt = async |email: &str, address: &str| {
        let input = json!({ "input": { "email": email, "password": PASSWORD } });
        app.graphql(LOG_IN)
            .variables(input)
            .from(address)
            .send()
            .await
    };
    for (email, address) in [
        ("a@example.com", "2001:db8::1"),
        ("b@example.com", "2001:db8::ffff:1"),
    ] {
        assert_eq!(
            refusals(&attempt(email, address).await, "logIn"),
            ["WrongCredentials"]
        );
    }
    assert_eq!(
        attempt("c@example.com", "2001:db8::2").await.code(),
        "RATE_LIMITED",
        "one /64, one client"
    );
    assert_eq!(
        refusals(&attempt("c@example.com", "2001:db8:0:1::1").await, "logIn"),
        ["WrongCredentials"]
    );
}

#[tokio::test]
async fn too_many_that_wait_are_told_to_come_again() {
    let full = settings()
        .with("users", "argon2_memory_kib", 16384)
        .with("users", "argon2_passes", 8)
        .with("users", "hashes_at_once", 1)
        .with("users", "hashes_waiting", 1);
    let app: TestApp<Users> = TestApp::start_with(full).await;
    let attempt = |email: &'static str| try_log_in(&app, email, PASSWORD);
    let (one, two, three, four) = tokio::join!(
        attempt("a@example.com"),
        attempt("b@example.com"),
        attempt("c@example.com"),
        attempt("d@example.com")
    );
    let refused: Vec<_> = [one, two, three, four]
        .into_iter()
        .filter(|answer| !answer.errors().is_empty())
        .collect();
    assert!(!refused.is_empty());
    for answer in refused {
        assert_eq!(answer.code(), "UNAVAILABLE");
        assert_eq!(answer.errors()[0]["extensions"]["retryable"], true);
        assert_eq!(answer.errors()[0]["extensions"]["retryAfterMs"], 1000);
    }
}

#[tokio::test]
async fn the_oldest_session_makes_room() {
    let app: TestApp<Users> =
        TestApp::start_with(settings().with("users", "sessions_per_user", 2)).await;
    let first = register(&app, "ada@example.com").await;
    let second = log_in(&app, "ada@example.com").await;
    let third = log_in(&app, "ada@example.com").await;
    let events = app.events().await;
    assert_eq!(events.len(), 1);
    assert_eq!(
        events[0].data["session_id"],
        first.user().session_id.to_string()
    );
    assert_eq!(
        try_refresh(&app, &first.refresh_token).await.code(),
        "TOKEN_REVOKED"
    );
    for person in [second, third] {
        try_refresh(&app, &person.refresh_token)
            .await
            .text("/refreshToken/user/id");
    }
}

#[tokio::test]
async fn costs_one_write_and_few_statements() {
    let app = start().await;
    register(&app, "ada@example.com").await;
    // SQLite's time is this process's.
    let time = u64::from(app.database.backend() != DbBackend::Sqlite);
    let before = app.database.stats();
    let person = log_in(&app, "ada@example.com").await;
    let opened = app.database.stats();
    assert_eq!(opened.transactions - before.transactions, 1);
    // Account, roles, open sessions, session, token; the answer's account.
    assert_eq!(opened.statements - before.statements, 6 + time);
    try_refresh(&app, &person.refresh_token)
        .await
        .text("/refreshToken/user/id");
    let renewed = app.database.stats();
    assert_eq!(renewed.transactions - opened.transactions, 1);
    // Known token, token, session, old token, new token, session, roles; the answer's account.
    assert_eq!(renewed.statements - opened.statements, 8 + time);
    try_log_in(&app, "ada@example.com", "incorrect horse").await;
    assert_eq!(
        app.database.stats().transactions,
        renewed.transactions,
        "a failure writes nothing"
    );
}
