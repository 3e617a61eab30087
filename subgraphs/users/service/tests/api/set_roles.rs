//! `setRoles`.

use events::users::UserRolesChanged;
use identity::{Role, Scope};
use serde_json::json;
use testkit::{Answer, TestApp, staff};
use users::Users;

use crate::shop::{
    Person, admin, announced, key, log_in, refresh, refusals, register, start, try_refresh,
};

const SET: &str = "mutation($input: SetRolesInput!) { setRoles(input: $input) {
    user { roles version } userErrors { __typename message } replayed } }";

async fn set(
    app: &TestApp<Users>,
    actor: &Person,
    whom: &Person,
    roles: serde_json::Value,
) -> Answer {
    let variables = json!({ "input": { "userId": whom.global_id(), "roles": roles } });
    app.graphql(SET)
        .variables(variables)
        .viewer(&actor.viewer)
        .send()
        .await
}

#[tokio::test]
async fn a_new_role_shows_in_the_next_token_and_a_lost_one_ends_sessions() {
    let app = start().await;
    let (admin, ada) = (admin(&app).await, register(&app, "ada@example.com").await);
    let answer = set(&app, &admin, &ada, json!(["STAFF"])).await;
    assert_eq!(
        answer.at("/setRoles/user/roles"),
        &json!(["CUSTOMER", "STAFF"])
    );
    assert_eq!(answer.at("/setRoles/user/version"), 2);
    let events = app.events().await;
    assert_eq!(events.len(), 1);
    let event: UserRolesChanged = events[0].parse().unwrap();
    assert_eq!(
        (event.user_id, event.roles),
        (
            ada.user().id,
            vec!["customer".to_owned(), "staff".to_owned()]
        )
    );

    let ada = refresh(&app, &ada.refresh_token).await;
    assert_eq!(ada.user().scopes, Role::Staff.scopes());

    set(&app, &admin, &ada, json!([]))
        .await
        .at("/setRoles/user");
    assert_eq!(
        announced(&app).await,
        ["user.roles_changed.v1", "session.revoked.v1"]
    );
    assert!(app.verifier.verify(&ada.access_token).is_err());
    assert_eq!(
        try_refresh(&app, &ada.refresh_token).await.code(),
        "TOKEN_REVOKED"
    );
    assert!(
        !log_in(&app, "ada@example.com")
            .await
            .viewer
            .has(Scope::CatalogWrite)
    );

    set(&app, &admin, &ada, json!(["CUSTOMER"]))
        .await
        .at("/setRoles/user");
    assert_eq!(
        announced(&app).await,
        Vec::<String>::new(),
        "nothing changed"
    );
}

#[tokio::test]
async fn nobody_takes_admin_from_themselves_and_a_former_admin_sets_nothing() {
    let app = start().await;
    let (admin, ada) = (admin(&app).await, register(&app, "ada@example.com").await);
    assert_eq!(
        refusals(
            &set(&app, &admin, &admin, json!(["STAFF"])).await,
            "setRoles"
        ),
        ["OwnAdminRole"]
    );
    set(&app, &admin, &ada, json!(["ADMIN"]))
        .await
        .at("/setRoles/user");
    let ada = refresh(&app, &ada.refresh_token).await;
    set(&app, &ada, &admin, json!([]))
        .await
        .at("/setRoles/user");
    assert_eq!(
        set(&app, &admin, &ada, json!([])).await.code(),
        "FORBIDDEN",
        "whatever the token says"
    );
    app.ignore_events().await;
}

#[tokio::test]
async fn needs_the_scope_and_a_user() {
    let app = start().await;
    let (admin, ada) = (admin(&app).await, register(&app, "ada@example.com").await);
    assert_eq!(
        set(&app, &ada, &ada, json!(["ADMIN"])).await.code(),
        "FORBIDDEN"
    );
    let variables = json!({ "input": { "userId": ada.global_id(), "roles": ["ADMIN"] } });
    assert_eq!(
        app.graphql(SET)
            .variables(variables.clone())
            .send()
            .await
            .code(),
        "UNAUTHENTICATED"
    );
    assert_eq!(
        app.graphql(SET)
            .variables(variables)
            .viewer(&staff())
            .send()
            .await
            .code(),
        "FORBIDDEN"
    );
    let nobody = serving::graphql::global_id::encode("User", app.clock.id());
    let variables = json!({ "input": { "userId": nobody, "roles": [] } });
    assert_eq!(
        app.graphql(SET)
            .variables(variables)
            .viewer(&admin.viewer)
            .send()
            .await
            .code(),
        "NOT_FOUND"
    );
}

#[tokio::test]
async fn versions_and_keys_are_kept() {
    let app = start().await;
    let (admin, ada) = (admin(&app).await, register(&app, "ada@example.com").await);
    let send = async |input| {
        app.graphql(SET)
            .variables(json!({ "input": input }))
            .viewer(&admin.viewer)
            .send()
            .await
    };
    let stale =
        send(json!({ "userId": ada.global_id(), "roles": ["STAFF"], "ifVersion": 9 })).await;
    assert_eq!(refusals(&stale, "setRoles"), ["StaleVersion"]);
    let input =
        json!({ "userId": ada.global_id(), "roles": ["STAFF"], "idempotencyKey": key(&app) });
    assert_eq!(send(input.clone()).await.at("/setRoles/replayed"), false);
    assert_eq!(send(input.clone()).await.at("/setRoles/replayed"), true);
    let mut other = input;
    other["roles"] = json!(["ADMIN"]);
    assert_eq!(
        refusals(&send(other).await, "setRoles"),
        ["IdempotencyConflict"]
    );
    assert_eq!(announced(&app).await, ["user.roles_changed.v1"]);
}
