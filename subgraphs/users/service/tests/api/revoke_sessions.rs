//! `revokeSessions`.

use fault::Code;
use serde_json::json;

use crate::shop::{announced, key, log_in, register, start};

const REVOKE: &str = "mutation($input: RevokeSessionsInput) { revokeSessions(input: $input) {
    ended replayed userErrors { __typename } } }";

#[tokio::test]
async fn ends_all_sessions_and_nobody_elses() {
    let app = start().await;
    let bob = register(&app, "bob@example.com").await;
    let first = register(&app, "ada@example.com").await;
    let second = log_in(&app, "ada@example.com").await;
    let answer = app.graphql(REVOKE).viewer(&second.viewer).send().await;
    assert_eq!(answer.at("/revokeSessions/ended"), 2);
    for person in [first, second] {
        assert_eq!(
            app.verifier
                .verify(&person.access_token)
                .unwrap_err()
                .code(),
            Code::TokenRevoked
        );
    }
    app.verifier.verify(&bob.access_token).unwrap();
    let sequences: Vec<_> = app
        .events()
        .await
        .into_iter()
        .map(|event| event.sequence)
        .collect();
    assert_eq!(sequences, [2, 3], "contiguous after the registration");
}

#[tokio::test]
async fn can_spare_the_one_that_asks() {
    let app = start().await;
    let first = register(&app, "ada@example.com").await;
    let second = log_in(&app, "ada@example.com").await;
    let variables = json!({ "input": { "keepCurrent": true } });
    let answer = app
        .graphql(REVOKE)
        .variables(variables)
        .viewer(&second.viewer)
        .send()
        .await;
    assert_eq!(answer.at("/revokeSessions/ended"), 1);
    assert!(app.verifier.verify(&first.access_token).is_err());
    app.verifier.verify(&second.access_token).unwrap();
    assert_eq!(announced(&app).await, ["session.revoked.v1"]);
}

#[tokio::test]
async fn the_same_key_gives_the_same_outcome() {
    let app = start().await;
    let ada = register(&app, "ada@example.com").await;
    let variables = json!({ "input": { "idempotencyKey": key(&app) } });
    let first = app
        .graphql(REVOKE)
        .variables(variables.clone())
        .viewer(&ada.viewer)
        .send()
        .await;
    let again = app
        .graphql(REVOKE)
        .variables(variables)
        .viewer(&ada.viewer)
        .send()
        .await;
    assert_eq!(
        (
            first.at("/revokeSessions/ended"),
            first.at("/revokeSessions/replayed")
        ),
        (&json!(1), &json!(false))
    );
    assert_eq!(
        (
            again.at("/revokeSessions/ended"),
            again.at("/revokeSessions/replayed")
        ),
        (&json!(1), &json!(true))
    );
    app.ignore_events().await;
}

#[tokio::test]
async fn needs_a_log_in() {
    let app = start().await;
    assert_eq!(app.graphql(REVOKE).send().await.code(), "UNAUTHENTICATED");
}

#[tokio::test]
async fn a_restart_makes_no_ended_session_good_again() {
    let app = start().await;
    let ada = register(&app, "ada@example.com").await;
    app.graphql(REVOKE)
        .viewer(&ada.viewer)
        .send()
        .await
        .at("/revokeSessions/ended");
    app.ignore_events().await;
    let parts = serving::Parts {
        answers: true,
        database: app.database.clone(),
        clock: app.clock.clone(),
        verifier: std::sync::Arc::new(identity::Verifier::new(
            std::sync::Arc::new(
                identity::KeyRing::open(
                    app.folder().join("keys"),
                    identity::KeyRingSettings::default(),
                    app.clock.clone(),
                )
                .unwrap(),
            ),
            "emporium",
            app.clock.clone(),
        )),
        registry: app.registry().clone(),
        data: app.folder().to_owned(),
        shutdown: app.shutdown.clone(),
    };
    let verifier = std::sync::Arc::clone(&parts.verifier);
    verifier.verify(&ada.access_token).unwrap();
    let config = crate::shop::settings()
        .section("users", <users::Users as serving::Subgraph>::DEFAULTS)
        .unwrap();
    <users::Users as serving::Subgraph>::start(config, parts)
        .await
        .unwrap();
    assert_eq!(
        verifier.verify(&ada.access_token).unwrap_err().code(),
        Code::TokenRevoked
    );
}
