//! `removeAddress`.

use serde_json::json;

use crate::shop::{add_address, key, refusals, register, start};

const REMOVE: &str =
    "mutation($input: RemoveAddressInput!) { removeAddress(input: $input) { removedAddressId
    user { addresses { id } defaultShippingAddress { id } } userErrors { __typename } replayed } }";

#[tokio::test]
async fn removes_it_with_its_use() {
    let app = start().await;
    let ada = register(&app, "ada@example.com").await;
    let (first, second) = (
        add_address(&app, &ada, "One").await,
        add_address(&app, &ada, "Two").await,
    );
    let remove = async |input| {
        app.graphql(REMOVE)
            .variables(json!({ "input": input }))
            .viewer(&ada.viewer)
            .send()
            .await
    };
    let stale = remove(json!({ "addressId": first, "ifVersion": 1 })).await;
    assert_eq!(refusals(&stale, "removeAddress"), ["StaleVersion"]);

    let input = json!({ "addressId": first, "idempotencyKey": key(&app) });
    let answer = remove(input.clone()).await;
    assert_eq!(answer.text("/removeAddress/removedAddressId"), first);
    assert_eq!(
        answer.at("/removeAddress/user/addresses"),
        &json!([{ "id": second }])
    );
    assert!(
        answer
            .at("/removeAddress/user/defaultShippingAddress")
            .is_null()
    );

    let again = remove(input).await;
    assert_eq!(
        again.text("/removeAddress/removedAddressId"),
        first,
        "the same outcome"
    );
    assert_eq!(again.at("/removeAddress/replayed"), true);
    assert_eq!(
        remove(json!({ "addressId": first })).await.code(),
        "NOT_FOUND"
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
    let variables = json!({ "input": { "addressId": id } });
    let answer = app
        .graphql(REMOVE)
        .variables(variables.clone())
        .viewer(&bob.viewer)
        .send()
        .await;
    assert_eq!(answer.code(), "NOT_FOUND");
    assert_eq!(
        app.graphql(REMOVE).variables(variables).send().await.code(),
        "UNAUTHENTICATED"
    );
    let me = app
        .graphql("{ me { addresses { id } } }")
        .viewer(&ada.viewer)
        .send()
        .await;
    assert_eq!(me.at("/me/addresses"), &json!([{ "id": id }]));
}
