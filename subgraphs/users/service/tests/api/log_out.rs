//! `logOut`.

use fault::Code;
use serde_json::json;
use testkit::TestApp;
use users::Users;

use crate::shop::{Person, log_in, register, start, try_refresh};

const LOG_OUT: &str =
    "mutation($input: LogOutInput) { logOut(input: $input) { ended userErrors { message } } }";

async fn ended_with(app: &TestApp<Users>, token: &str) -> bool {
    let variables = json!({ "input": { "refreshToken": token } });
    app.graphql(LOG_OUT)
        .variables(variables)
        .send()
        .await
        .at("/logOut/ended")
        == true
}

async fn ended_by(app: &TestApp<Users>, person: &Person) -> bool {
    app.graphql(LOG_OUT)
        .viewer(&person.viewer)
        .send()
        .await
        .at("/logOut/ended")
        == true
}

#[tokio::test]
async fn ends_the_session_of_the_access_token_once() {
    let app = start().await;
    let ada = register(&app, "ada@example.com").await;
    let other = log_in(&app, "ada@example.com").await;
    assert!(ended_by(&app, &ada).await);
    assert_eq!(
        app.verifier.verify(&ada.access_token).unwrap_err().code(),
        Code::TokenRevoked
    );
    assert_eq!(
        try_refresh(&app, &ada.refresh_token).await.code(),
        "TOKEN_REVOKED"
    );
    app.verifier.verify(&other.access_token).unwrap();
    assert!(!ended_by(&app, &ada).await);

    let events = app.events().await;
    assert_eq!(events.len(), 1);
    let event: events::users::SessionRevoked = events[0].parse().unwrap();
    assert_eq!(
        (event.user_id, event.session_id),
        (ada.user().id, ada.user().session_id)
    );
    assert!(event.until >= ada.user().expires_at);
}

#[tokio::test]
async fn ends_the_session_of_a_refresh_token_without_an_access_token() {
    let app = start().await;
    let ada = register(&app, "ada@example.com").await;
    assert!(ended_with(&app, &ada.refresh_token).await);
    assert!(!ended_with(&app, &ada.refresh_token).await);
    assert!(!ended_with(&app, "unknown").await);
    app.ignore_events().await;
}

#[tokio::test]
async fn needs_one_of_the_two() {
    let app = start().await;
    assert_eq!(app.graphql(LOG_OUT).send().await.code(), "UNAUTHENTICATED");
}
