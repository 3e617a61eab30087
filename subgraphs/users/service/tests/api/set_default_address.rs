//! `setDefaultAddress`.

use serde_json::json;

use crate::shop::{add_address, key, refusals, register, start};

const SET: &str = "mutation($input: SetDefaultAddressInput!) { setDefaultAddress(input: $input) {
    user { version defaultShippingAddress { id } defaultBillingAddress { id } } userErrors { __typename } replayed } }";

#[tokio::test]
async fn chooses_for_each_use() {
    let app = start().await;
    let ada = register(&app, "ada@example.com").await;
    let (first, second) = (
        add_address(&app, &ada, "One").await,
        add_address(&app, &ada, "Two").await,
    );
    let set = async |input| {
        app.graphql(SET)
            .variables(json!({ "input": input }))
            .viewer(&ada.viewer)
            .send()
            .await
    };
    let answer = set(json!({ "addressId": second, "defaultFor": ["BILLING"] })).await;
    assert_eq!(
        answer.text("/setDefaultAddress/user/defaultShippingAddress/id"),
        first
    );
    assert_eq!(
        answer.text("/setDefaultAddress/user/defaultBillingAddress/id"),
        second
    );
    assert_eq!(answer.at("/setDefaultAddress/user/version"), 4);
    let same = set(json!({ "addressId": second, "defaultFor": ["BILLING"] })).await;
    assert_eq!(
        same.at("/setDefaultAddress/user/version"),
        4,
        "nothing changed"
    );

    let stale =
        set(json!({ "addressId": second, "defaultFor": ["SHIPPING"], "ifVersion": 1 })).await;
    assert_eq!(refusals(&stale, "setDefaultAddress"), ["StaleVersion"]);
    let key = key(&app);
    let once =
        set(json!({ "addressId": second, "defaultFor": ["SHIPPING"], "idempotencyKey": key }))
            .await;
    assert_eq!(
        once.text("/setDefaultAddress/user/defaultShippingAddress/id"),
        second
    );
    let other =
        set(json!({ "addressId": first, "defaultFor": ["SHIPPING"], "idempotencyKey": key })).await;
    assert_eq!(
        refusals(&other, "setDefaultAddress"),
        ["IdempotencyConflict"]
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
    let variables = json!({ "input": { "addressId": id, "defaultFor": ["SHIPPING"] } });
    let answer = app
        .graphql(SET)
        .variables(variables.clone())
        .viewer(&bob.viewer)
        .send()
        .await;
    assert_eq!(answer.code(), "NOT_FOUND");
    assert_eq!(
        app.graphql(SET).variables(variables).send().await.code(),
        "UNAUTHENTICATED"
    );
}
