//! `me`.

use serde_json::json;
use testkit::customer;

use crate::shop::{add_address, register, start};

#[tokio::test]
async fn shows_whoever_is_logged_in() {
    let app = start().await;
    let ada = register(&app, "ada@example.com").await;
    add_address(&app, &ada, "Ada").await;
    let document =
        "{ me { id email displayName roles version createdAt addresses { name country postalCode }
        defaultShippingAddress { name } defaultBillingAddress { name } } }";
    let before = app.database.stats().statements;
    let answer = app.graphql(document).viewer(&ada.viewer).send().await;
    assert_eq!(
        app.database.stats().statements - before,
        3,
        "account, roles, addresses"
    );
    assert_eq!(answer.text("/me/id"), ada.global_id().as_str());
    assert_eq!(answer.text("/me/email"), "ada@example.com");
    assert_eq!(
        answer.at("/me/addresses"),
        &json!([{ "name": "Ada", "country": "GB", "postalCode": "SW1Y 4JH" }])
    );
    assert_eq!(answer.text("/me/defaultShippingAddress/name"), "Ada");
    assert_eq!(answer.text("/me/defaultBillingAddress/name"), "Ada");
    assert_eq!(answer.at("/me/version"), 2);
}

#[tokio::test]
async fn needs_a_log_in_of_an_account_that_is_there() {
    let app = start().await;
    assert_eq!(
        app.graphql("{ me { id } }").send().await.code(),
        "UNAUTHENTICATED"
    );
    let ghost = customer(app.clock.id());
    assert_eq!(
        app.graphql("{ me { id } }")
            .viewer(&ghost)
            .send()
            .await
            .code(),
        "UNAUTHENTICATED"
    );
}
