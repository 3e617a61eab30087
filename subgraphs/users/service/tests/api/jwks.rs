//! `/.well-known/jwks.json`, and keys that rotate under it.

use axum::body::{Body, to_bytes};
use axum::http::Request;
use identity::{KeyRing, KeyRingSettings, Verifier};
use serde_json::Value;
use serving::Serving;
use testkit::TestApp;
use tower::ServiceExt;
use users::Users;

use crate::shop::{log_in, register, start};

async fn jwks(app: &TestApp<Users>) -> Value {
    let request = Request::get("/.well-known/jwks.json")
        .body(Body::empty())
        .unwrap();
    let response = app.served.routes().oneshot(request).await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["cache-control"], "public, max-age=10");
    serde_json::from_slice(&to_bytes(response.into_body(), 65_536).await.unwrap()).unwrap()
}

#[tokio::test]
async fn whoever_holds_the_key_set_can_verify() {
    let app = start().await;
    let ada = register(&app, "ada@example.com").await;
    let keys = jwks(&app).await;
    let verifier = Verifier::from_jwks(&keys, "emporium", app.clock.clone()).unwrap();
    assert_eq!(
        verifier.verify(&ada.access_token).unwrap().id,
        ada.user().id
    );
    assert!(!keys.to_string().contains("\"d\""), "no private part");
}

#[tokio::test]
async fn a_rotation_by_another_process_logs_nobody_out() {
    let app = start().await;
    let before = register(&app, "ada@example.com").await;
    // Signs at once, so that the test need not wait for it.
    let at_once = KeyRingSettings {
        publish_ahead: std::time::Duration::ZERO,
        ..KeyRingSettings::default()
    };
    let other = KeyRing::open(app.folder().join("keys"), at_once, app.clock.clone()).unwrap();
    let next = other.rotate(app.clock.now()).unwrap().kid;
    testkit::until("the new key in the key set", async || {
        jwks(&app).await.to_string().contains(&next).then_some(())
    })
    .await;
    let after = testkit::until("a token of the new key", async || {
        let person = log_in(&app, "ada@example.com").await;
        let header = jsonwebtoken_header(&person.access_token);
        (header["kid"] == next.as_str()).then_some(person)
    })
    .await;
    for person in [before, after] {
        app.verifier.verify(&person.access_token).unwrap();
    }
}

fn jsonwebtoken_header(token: &str) -> Value {
    use base64::Engine as _;
    let header = token.split('.').next().unwrap();
    serde_json::from_slice(
        &base64::engine::general_purpose::URL_SAFE_NO_PAD
            .decode(header)
            .unwrap(),
    )
    .unwrap()
}
