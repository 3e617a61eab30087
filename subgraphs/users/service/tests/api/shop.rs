//! A users subgraph with cheap hashing, and people in it.

use async_graphql::ID;
use identity::{User, Viewer};
use serde_json::{Value, json};
use serving::config::Settings;
use serving::graphql::global_id;
use testkit::{Answer, TestApp};
use users::{DEMO_ACCOUNTS, Users};
use uuid::Uuid;

pub(crate) const PASSWORD: &str = "correct horse battery";

/// A log-in: who, and with which tokens.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) viewer: Viewer,
    pub(crate) access_token: String,
    pub(crate) refresh_token: String,
}

impl Person {
    pub(crate) fn user(&self) -> &User {
        self.viewer.user().unwrap()
    }

    pub(crate) fn global_id(&self) -> ID {
        global_id::encode("User", self.user().id)
    }
}

pub(crate) fn settings() -> Settings {
    Settings::default()
        .with("users", "argon2_memory_kib", 64)
        .with("users", "argon2_passes", 1)
}

pub(crate) async fn start() -> TestApp<Users> {
    TestApp::start_with(settings()).await
}

pub(crate) const REGISTER: &str = "mutation($input: RegisterInput!) { register(input: $input) {
    user { id email displayName roles version } session { accessToken refreshToken accessTokenExpiresAt refreshTokenExpiresAt }
    userErrors { __typename message ... on InvalidInput { path } } } }";

pub(crate) const LOG_IN: &str = "mutation($input: LogInInput!) { logIn(input: $input) {
    user { id email } session { accessToken refreshToken } userErrors { __typename message } } }";

pub(crate) const REFRESH: &str =
    "mutation($token: String!) { refreshToken(input: { refreshToken: $token }) {
    user { id } session { accessToken refreshToken } userErrors { message } } }";

/// Registers somebody; the events are dropped.
pub(crate) async fn register(app: &TestApp<Users>, email: &str) -> Person {
    let input =
        json!({ "input": { "email": email, "password": PASSWORD, "displayName": "Somebody" } });
    let answer = app.graphql(REGISTER).variables(input).send().await;
    app.ignore_events().await;
    person(app, &answer, "register")
}

pub(crate) async fn try_log_in(app: &TestApp<Users>, email: &str, password: &str) -> Answer {
    app.graphql(LOG_IN)
        .variables(json!({ "input": { "email": email, "password": password } }))
        .send()
        .await
}

pub(crate) async fn log_in(app: &TestApp<Users>, email: &str) -> Person {
    person(app, &try_log_in(app, email, PASSWORD).await, "logIn")
}

/// The demo admin.
pub(crate) async fn admin(app: &TestApp<Users>) -> Person {
    app.subgraph().seed_demo().await.unwrap();
    app.ignore_events().await;
    let (email, password, ..) = DEMO_ACCOUNTS[0];
    person(app, &try_log_in(app, email, password).await, "logIn")
}

pub(crate) async fn try_refresh(app: &TestApp<Users>, refresh_token: &str) -> Answer {
    app.graphql(REFRESH)
        .variables(json!({ "token": refresh_token }))
        .send()
        .await
}

pub(crate) async fn refresh(app: &TestApp<Users>, refresh_token: &str) -> Person {
    person(app, &try_refresh(app, refresh_token).await, "refreshToken")
}

pub(crate) fn person(app: &TestApp<Users>, answer: &Answer, mutation: &str) -> Person {
    let access_token = answer.text(&format!("/{mutation}/session/accessToken"));
    let refresh_token = answer.text(&format!("/{mutation}/session/refreshToken"));
    let viewer = Viewer::User(app.verifier.verify(&access_token).unwrap());
    Person {
        viewer,
        access_token,
        refresh_token,
    }
}

pub(crate) fn address(name: &str) -> Value {
    json!({ "name": name, "line1": "1 High Street", "city": "London", "postalCode": "sw1y 4jh", "country": "gb" })
}

/// Saves an address; its id.
pub(crate) async fn add_address(app: &TestApp<Users>, person: &Person, name: &str) -> String {
    let document = "mutation($address: SavedAddressInput!) { addAddress(input: { address: $address }) { address { id } } }";
    let variables = json!({ "address": address(name) });
    app.graphql(document)
        .variables(variables)
        .viewer(&person.viewer)
        .send()
        .await
        .text("/addAddress/address/id")
}

/// The types of what was announced, in order.
pub(crate) async fn announced(app: &TestApp<Users>) -> Vec<String> {
    app.events()
        .await
        .into_iter()
        .map(|event| event.kind)
        .collect()
}

/// The `__typename` of each refusal of a mutation.
pub(crate) fn refusals(answer: &Answer, mutation: &str) -> Vec<String> {
    let errors = answer
        .at(&format!("/{mutation}/userErrors"))
        .as_array()
        .unwrap()
        .clone();
    errors
        .iter()
        .map(|error| error["__typename"].as_str().unwrap().to_owned())
        .collect()
}

/// A key for idempotency that was never used.
pub(crate) fn key(app: &TestApp<Users>) -> Uuid {
    app.clock.id()
}
