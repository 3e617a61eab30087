//! `register`.

use axum::body::{Body, to_bytes};
use axum::http::Request;
use events::users::UserRegistered;
use serde_json::{Value, json};
use serving::{DEADLINE, Serving};
use tower::ServiceExt;

use crate::shop::{PASSWORD, REGISTER, announced, person, refusals, settings, start};
use testkit::TestApp;
use users::Users;

#[tokio::test]
async fn makes_an_account_and_logs_in() {
    let app = start().await;
    let input = json!({ "input": { "email": " Ada@Example.COM ", "password": PASSWORD, "displayName": " Ada " } });
    let answer = app.graphql(REGISTER).variables(input).send().await;
    assert_eq!(answer.text("/register/user/email"), "ada@example.com");
    assert_eq!(answer.text("/register/user/displayName"), "Ada");
    assert_eq!(answer.at("/register/user/roles"), &json!(["CUSTOMER"]));
    let ada = person(&app, &answer, "register");
    assert_eq!(ada.global_id().as_str(), answer.text("/register/user/id"));

    let events = app.events().await;
    assert_eq!(events.len(), 1);
    let event: UserRegistered = events[0].parse().unwrap();
    assert_eq!(
        (event.user_id, events[0].aggregate_id, events[0].sequence),
        (ada.user().id, ada.user().id, 1)
    );
    let text = serde_json::to_string(&events).unwrap().to_lowercase();
    // Ids and traces may have the letters by chance, but do not begin with them.
    assert!(
        !text.contains("\"ada") && !text.contains("example.com"),
        "no personal data in {text}"
    );
}

#[tokio::test]
async fn one_address_one_account() {
    let app = start().await;
    let register = async |email: &str| {
        let input = json!({ "input": { "email": email, "password": PASSWORD } });
        app.graphql(REGISTER).variables(input).send().await
    };
    register("ada@example.com").await.text("/register/user/id");
    let again = register("ADA@example.com").await;
    assert_eq!(refusals(&again, "register"), ["EmailTaken"]);
    assert!(again.at("/register/user").is_null() && again.at("/register/session").is_null());
    assert_eq!(announced(&app).await, ["user.registered.v1"]);
}

#[tokio::test]
async fn many_at_once_make_one_account() {
    let app = start().await;
    let input = json!({ "input": { "email": "ada@example.com", "password": PASSWORD } });
    let (one, two, three, four) = tokio::join!(
        app.graphql(REGISTER).variables(input.clone()).send(),
        app.graphql(REGISTER).variables(input.clone()).send(),
        app.graphql(REGISTER).variables(input.clone()).send(),
        app.graphql(REGISTER).variables(input.clone()).send(),
    );
    let made = [one, two, three, four]
        .iter()
        .filter(|answer| refusals(answer, "register").is_empty())
        .count();
    assert_eq!(made, 1);
    assert_eq!(announced(&app).await, ["user.registered.v1"]);
}

#[tokio::test]
async fn every_wrong_field_is_named() {
    let app = start().await;
    for (input, wrong) in [
        (
            json!({ "email": "ada", "password": PASSWORD }),
            vec!["email"],
        ),
        (
            json!({ "email": "ada@example.com", "password": "short" }),
            vec!["password"],
        ),
        (
            json!({ "email": "ada@example.com", "password": "a".repeat(1_000_000) }),
            vec!["password"],
        ),
        (
            json!({ "email": "ada@example.com", "password": "short", "displayName": "" }),
            vec!["password", "displayName"],
        ),
    ] {
        let answer = app
            .graphql(REGISTER)
            .variables(json!({ "input": input }))
            .send()
            .await;
        let errors = answer
            .at("/register/userErrors")
            .as_array()
            .unwrap()
            .clone();
        let paths: Vec<_> = errors.iter().map(|error| error["path"].clone()).collect();
        assert_eq!(
            paths,
            wrong
                .iter()
                .map(|field| json!(["input", field]))
                .collect::<Vec<_>>()
        );
    }
}

#[tokio::test]
async fn a_client_address_registers_so_often_and_no_more() {
    let app: TestApp<Users> =
        TestApp::start_with(settings().with("users", "registrations_per_address", 2)).await;
    let register = async |email: &str, address: &str| {
        let input = json!({ "input": { "email": email, "password": PASSWORD } });
        app.graphql(REGISTER)
            .variables(input)
            .from(address)
            .send()
            .await
    };
    register("a@example.com", "203.0.113.7")
        .await
        .text("/register/user/id");
    register("b@example.com", "203.0.113.7")
        .await
        .text("/register/user/id");
    let refused = register("c@example.com", "203.0.113.7").await;
    assert_eq!(refused.code(), "RATE_LIMITED");
    assert!(
        refused.errors()[0]["extensions"]["retryAfterMs"]
            .as_u64()
            .unwrap()
            > 800_000
    );
    register("c@example.com", "203.0.113.8")
        .await
        .text("/register/user/id");
    app.ignore_events().await;
}

#[tokio::test]
async fn what_nobody_waits_for_any_more_is_not_begun() {
    let app = start().await;
    let ask = async |left: &str| {
        let input = json!({ "input": { "email": "ada@example.com", "password": PASSWORD } });
        let body = json!({ "query": REGISTER, "variables": input });
        let request = Request::post("/graphql")
            .header("content-type", "application/json")
            .header(DEADLINE, left)
            .body(Body::from(body.to_string()))
            .unwrap();
        let response = app.served.router().oneshot(request).await.unwrap();
        let body = to_bytes(response.into_body(), 65_536).await.unwrap();
        serde_json::from_slice::<Value>(&body).unwrap()
    };
    let late = ask("0").await;
    assert_eq!(late["errors"][0]["extensions"]["code"], "TIMEOUT", "{late}");
    assert_eq!(announced(&app).await, [""; 0]);
    let done = ask("60000").await;
    assert_eq!(done["data"]["register"]["userErrors"], json!([]), "{done}");
    assert_eq!(announced(&app).await, ["user.registered.v1"]);
}
