//! `updateAddress`.

use serde_json::json;

use crate::shop::{add_address, address, key, refusals, register, start};

const UPDATE: &str = "mutation($input: UpdateAddressInput!) { updateAddress(input: $input) {
    address { id name } user { version addresses { id name } } userErrors { __typename message } replayed } }";

#[tokio::test]
async fn replaces_the_text_and_keeps_the_id() {
    let app = start().await;
    let ada = register(&app, "ada@example.com").await;
    let id = add_address(&app, &ada, "Ada").await;
    let update = async |name: &str| {
        let variables = json!({ "input": { "addressId": id, "address": address(name) } });
        app.graphql(UPDATE)
            .variables(variables)
            .viewer(&ada.viewer)
            .send()
            .await
    };
    let answer = update("Ada Lovelace").await;
    assert_eq!(
        answer.at("/updateAddress/user/addresses"),
        &json!([{ "id": id, "name": "Ada Lovelace" }])
    );
    assert_eq!(answer.at("/updateAddress/user/version"), 3);
    assert_eq!(
        update("Ada Lovelace")
            .await
            .at("/updateAddress/user/version"),
        3,
        "nothing changed"
    );
    assert_eq!(
        refusals(&update("").await, "updateAddress"),
        ["InvalidInput"]
    );
}

#[tokio::test]
async fn an_address_of_somebody_else_is_not_found() {
    let app = start().await;
    let (ada, bob) = (
        register(&app, "ada@example.com").await,
        register(&app, "bob@example.com").await,
    );
    let id = add_address(&app, &ada, "Ada").await;
    let variables = json!({ "input": { "addressId": id, "address": address("Bob") } });
    let answer = app
        .graphql(UPDATE)
        .variables(variables)
        .viewer(&bob.viewer)
        .send()
        .await;
    assert_eq!(answer.code(), "NOT_FOUND");
    let me = app
        .graphql("{ me { addresses { name } } }")
        .viewer(&ada.viewer)
        .send()
        .await;
    assert_eq!(me.at("/me/addresses"), &json!([{ "name": "Ada" }]));
}

#[tokio::test]
async fn versions_and_keys_are_kept() {
    let app = start().await;
    let ada = register(&app, "ada@example.com").await;
    let id = add_address(&app, &ada, "Ada").await;
    let update = async |extra: serde_json::Value| {
        let mut input = json!({ "addressId": id, "address": address("New") });
        input
            .as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        app.graphql(UPDATE)
            .variables(json!({ "input": input }))
            .viewer(&ada.viewer)
            .send()
            .await
    };
    assert_eq!(
        refusals(&update(json!({ "ifVersion": 1 })).await, "updateAddress"),
        ["StaleVersion"]
    );
    let key = key(&app);
    assert_eq!(
        update(json!({ "idempotencyKey": key }))
            .await
            .at("/updateAddress/replayed"),
        false
    );
    assert_eq!(
        update(json!({ "idempotencyKey": key }))
            .await
            .at("/updateAddress/replayed"),
        true
    );
    let other = update(json!({ "idempotencyKey": key, "ifVersion": 3 })).await;
    assert_eq!(refusals(&other, "updateAddress"), ["IdempotencyConflict"]);
}

#[tokio::test]
async fn needs_a_log_in_and_an_id() {
    let app = start().await;
    let ada = register(&app, "ada@example.com").await;
    let variables = json!({ "input": { "addressId": ada.global_id(), "address": address("Ada") } });
    assert_eq!(
        app.graphql(UPDATE)
            .variables(variables.clone())
            .send()
            .await
            .code(),
        "UNAUTHENTICATED"
    );
    let wrong = app
        .graphql(UPDATE)
        .variables(variables)
        .viewer(&ada.viewer)
        .send()
        .await;
    assert_eq!(wrong.code(), "INVALID_INPUT", "the id of another type");
}
