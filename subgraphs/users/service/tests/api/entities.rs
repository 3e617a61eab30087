//! Users as other subgraphs refer to them, through `_entities`.

use identity::{Scope, Viewer};
use serde_json::{Value, json};
use testkit::{TestApp, customer, with_scopes};
use users::Users;

use crate::shop::{add_address, register, start};

const ENTITIES: &str = "query($representations: [_Any!]!) { _entities(representations: $representations) {
    ... on User { id displayName email roles addresses { name } defaultShippingAddress { name } defaultBillingAddress { name } } } }";

async fn entities(app: &TestApp<Users>, ids: &[&str], viewer: &Viewer) -> Value {
    let representations: Vec<_> = ids
        .iter()
        .map(|id| json!({ "__typename": "User", "id": id }))
        .collect();
    let variables = json!({ "representations": representations });
    app.graphql(ENTITIES)
        .variables(variables)
        .viewer(viewer)
        .send()
        .await
        .at("/_entities")
        .clone()
}

#[tokio::test]
async fn one_sees_oneself_and_nobody_else() {
    let app = start().await;
    let (ada, bob) = (
        register(&app, "ada@example.com").await,
        register(&app, "bob@example.com").await,
    );
    add_address(&app, &ada, "Ada").await;
    let (ada_id, bob_id) = (ada.global_id(), bob.global_id());
    let seen = entities(&app, &[&ada_id, &bob_id], &ada.viewer).await;
    assert_eq!(seen[0]["email"], "ada@example.com");
    assert_eq!(seen[0]["addresses"], json!([{ "name": "Ada" }]));
    assert!(seen[1].is_null());
    for viewer in [Viewer::Anonymous, customer(app.clock.id())] {
        assert_eq!(
            entities(&app, &[&ada_id, &bob_id], &viewer).await,
            json!([null, null])
        );
    }
}

#[tokio::test]
async fn who_manages_orders_sees_the_name_alone() {
    let app = start().await;
    let ada = register(&app, "ada@example.com").await;
    add_address(&app, &ada, "Ada").await;
    let seen = entities(
        &app,
        &[&ada.global_id()],
        &with_scopes(&[Scope::OrdersManage]),
    )
    .await;
    assert_eq!(
        seen,
        json!([{ "id": ada.global_id(), "displayName": "Somebody", "email": null, "roles": null, "addresses": null,
            "defaultShippingAddress": null, "defaultBillingAddress": null }])
    );
    let others = with_scopes(&[
        Scope::CatalogWrite,
        Scope::InventoryWrite,
        Scope::PaymentsManage,
    ]);
    assert_eq!(
        entities(&app, &[&ada.global_id()], &others).await,
        json!([null])
    );
}

#[tokio::test]
async fn many_are_loaded_at_once_and_bad_ones_are_null() {
    let app = start().await;
    let mut ids = Vec::new();
    for name in ["a", "b", "c"] {
        ids.push(
            register(&app, &format!("{name}@example.com"))
                .await
                .global_id(),
        );
    }
    let nobody = serving::graphql::global_id::encode("User", app.clock.id());
    let mut wanted: Vec<&str> = ids.iter().map(|id| id.as_str()).collect();
    wanted.extend([nobody.as_str(), "nonsense", ""]);
    let before = app.database.stats().statements;
    let seen = entities(&app, &wanted, &with_scopes(&[Scope::UsersManage])).await;
    assert_eq!(
        app.database.stats().statements - before,
        3,
        "accounts, roles, addresses"
    );
    let emails: Vec<_> = seen
        .as_array()
        .unwrap()
        .iter()
        .map(|user| user["email"].clone())
        .collect();
    assert_eq!(
        json!(emails),
        json!([
            "a@example.com",
            "b@example.com",
            "c@example.com",
            null,
            null,
            null
        ])
    );
}
