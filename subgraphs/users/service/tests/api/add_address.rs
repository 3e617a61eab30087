//! `addAddress`.

use serde_json::json;
use testkit::customer;

use crate::shop::{address, key, refusals, register, start};

const ADD: &str = "mutation($input: AddAddressInput!) { addAddress(input: $input) {
    address { id name line2 postalCode country }
    user { version addresses { id } defaultShippingAddress { id } defaultBillingAddress { id } }
    userErrors { __typename message ... on InvalidInput { path } ... on StaleVersion { current } ... on TooManyAddresses { limit } }
    replayed } }";

#[tokio::test]
async fn the_first_address_is_used_for_everything_and_a_later_one_when_asked() {
    let app = start().await;
    let ada = register(&app, "ada@example.com").await;
    let add = async |input| {
        app.graphql(ADD)
            .variables(json!({ "input": input }))
            .viewer(&ada.viewer)
            .send()
            .await
    };
    let first = add(json!({ "address": address("  Ada  L ") })).await;
    assert_eq!(first.text("/addAddress/address/name"), "Ada L");
    assert_eq!(first.text("/addAddress/address/postalCode"), "SW1Y 4JH");
    let first = first.text("/addAddress/address/id");

    let second = add(json!({ "address": address("Office"), "defaultFor": ["BILLING"] })).await;
    assert_eq!(
        second.text("/addAddress/user/defaultShippingAddress/id"),
        first
    );
    assert_eq!(
        second.at("/addAddress/user/defaultBillingAddress/id"),
        second.at("/addAddress/address/id")
    );
    assert_eq!(
        second
            .at("/addAddress/user/addresses")
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(second.at("/addAddress/user/version"), 3);
}

#[tokio::test]
async fn every_wrong_field_is_named() {
    let app = start().await;
    let ada = register(&app, "ada@example.com").await;
    let wrong =
        json!({ "name": "", "line1": "x".repeat(201), "city": "London", "country": "Britain" });
    let answer = app
        .graphql(ADD)
        .variables(json!({ "input": { "address": wrong } }))
        .viewer(&ada.viewer)
        .send()
        .await;
    let errors = answer
        .at("/addAddress/userErrors")
        .as_array()
        .unwrap()
        .clone();
    let paths: Vec<_> = errors.iter().map(|error| error["path"].clone()).collect();
    for field in ["name", "line1", "country"] {
        assert!(
            paths.contains(&json!(["input", "address", field])),
            "{paths:?}"
        );
    }
    assert_eq!(answer.at("/addAddress/user/version"), 1);
}

#[tokio::test]
async fn an_account_has_so_many_and_no_more() {
    let app = start().await;
    let ada = register(&app, "ada@example.com").await;
    let add = async || {
        let variables = json!({ "input": { "address": address("Ada") } });
        app.graphql(ADD)
            .variables(variables)
            .viewer(&ada.viewer)
            .send()
            .await
    };
    for _ in 0..20 {
        add().await.text("/addAddress/address/id");
    }
    let refused = add().await;
    assert_eq!(refusals(&refused, "addAddress"), ["TooManyAddresses"]);
    assert_eq!(refused.at("/addAddress/userErrors/0/limit"), 20);
}

#[tokio::test]
async fn the_same_key_adds_one_address() {
    let app = start().await;
    let ada = register(&app, "ada@example.com").await;
    let key = key(&app);
    let add = async |name: &str| {
        let variables = json!({ "input": { "address": address(name), "idempotencyKey": key } });
        app.graphql(ADD)
            .variables(variables)
            .viewer(&ada.viewer)
            .send()
            .await
    };
    let (a, b, c) = tokio::join!(add("Ada"), add("Ada"), add("Ada"));
    assert_eq!(
        a.at("/addAddress/address/id"),
        b.at("/addAddress/address/id")
    );
    assert_eq!(
        a.at("/addAddress/address/id"),
        c.at("/addAddress/address/id")
    );
    let again = add("Ada").await;
    assert_eq!(again.at("/addAddress/replayed"), true);
    assert_eq!(
        again
            .at("/addAddress/user/addresses")
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        refusals(&add("Another").await, "addAddress"),
        ["IdempotencyConflict"]
    );
}

#[tokio::test]
async fn a_key_is_a_uuid_and_a_version_the_present_one() {
    let app = start().await;
    let ada = register(&app, "ada@example.com").await;
    let add = async |input| {
        app.graphql(ADD)
            .variables(json!({ "input": input }))
            .viewer(&ada.viewer)
            .send()
            .await
    };
    assert_eq!(
        add(json!({ "address": address("Ada"), "idempotencyKey": "once" }))
            .await
            .code(),
        "INVALID_INPUT"
    );
    let stale = add(json!({ "address": address("Ada"), "ifVersion": 7 })).await;
    assert_eq!(refusals(&stale, "addAddress"), ["StaleVersion"]);
    assert_eq!(stale.at("/addAddress/userErrors/0/current"), 1);
    add(json!({ "address": address("Ada"), "ifVersion": 1 }))
        .await
        .text("/addAddress/address/id");
}

#[tokio::test]
async fn needs_a_log_in_of_an_account_that_is_there() {
    let app = start().await;
    let variables = json!({ "input": { "address": address("Ada") } });
    assert_eq!(
        app.graphql(ADD)
            .variables(variables.clone())
            .send()
            .await
            .code(),
        "UNAUTHENTICATED"
    );
    let ghost = customer(app.clock.id());
    assert_eq!(
        app.graphql(ADD)
            .variables(variables)
            .viewer(&ghost)
            .send()
            .await
            .code(),
        "UNAUTHENTICATED"
    );
}
