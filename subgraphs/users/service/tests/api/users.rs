//! `users`.

use serde_json::{Value, json};
use testkit::{customer, staff};

use crate::shop::{add_address, admin, register, start};

const LIST: &str =
    "query($first: Int, $after: String, $last: Int, $before: String, $filter: UserFilter) {
    users(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
    nodes { email } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }";

fn emails(list: &Value) -> Vec<&str> {
    list["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| node["email"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn pages_run_both_ways_without_loss_or_repetition() {
    let app = start().await;
    let admin = admin(&app).await;
    for name in ["a", "b", "c", "d"] {
        register(&app, &format!("{name}@example.com")).await;
    }
    let list = async |variables| {
        app.graphql(LIST)
            .variables(variables)
            .viewer(&admin.viewer)
            .send()
            .await
            .at("/users")
            .clone()
    };
    let all = list(json!({})).await;
    assert_eq!(emails(&all).len(), 7);
    assert_eq!(
        emails(&all)[..4],
        [
            "d@example.com",
            "c@example.com",
            "b@example.com",
            "a@example.com"
        ]
    );

    let mut seen: Vec<String> = Vec::new();
    let mut after = Value::Null;
    loop {
        let page = list(json!({ "first": 3, "after": after })).await;
        seen.extend(emails(&page).into_iter().map(ToOwned::to_owned));
        assert_eq!(page["pageInfo"]["hasPreviousPage"], !after.is_null());
        after = page["pageInfo"]["endCursor"].clone();
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    assert_eq!(seen, emails(&all));

    let end = list(json!({ "last": 2 })).await;
    assert_eq!(emails(&end), emails(&all)[5..]);
    let before = list(json!({ "last": 2, "before": end["pageInfo"]["startCursor"] })).await;
    assert_eq!(emails(&before), emails(&all)[3..5]);
}

#[tokio::test]
async fn filters_and_counts() {
    let app = start().await;
    let admin = admin(&app).await;
    register(&app, "ada@example.com").await;
    let document =
        "query($filter: UserFilter) { users(filter: $filter) { nodes { email } totalCount } }";
    let list = async |filter| {
        app.graphql(document)
            .variables(json!({ "filter": filter }))
            .viewer(&admin.viewer)
            .send()
            .await
            .at("/users")
            .clone()
    };
    let staff = list(json!({ "role": "STAFF" })).await;
    assert_eq!(
        emails(&staff),
        ["staff@emporium.example", "admin@emporium.example"]
    );
    assert_eq!(staff["totalCount"], 2);
    assert_eq!(
        emails(&list(json!({ "email": "ADA@example.com" })).await),
        ["ada@example.com"]
    );
    assert_eq!(
        list(json!({ "email": "ada@example.com", "role": "ADMIN" })).await["totalCount"],
        0
    );
}

#[tokio::test]
async fn a_list_costs_the_same_statements_however_long() {
    let app = start().await;
    let admin = admin(&app).await;
    let document = "{ users { nodes { email roles addresses { city } defaultShippingAddress { id } } edges { cursor node { id roles } } } }";
    let cost = async || {
        let before = app.database.stats().statements;
        app.graphql(document)
            .viewer(&admin.viewer)
            .send()
            .await
            .at("/users/nodes");
        app.database.stats().statements - before
    };
    assert_eq!(cost().await, 3, "accounts, roles, addresses");
    for name in ["a", "b", "c", "d", "e", "f"] {
        let person = register(&app, &format!("{name}@example.com")).await;
        add_address(&app, &person, name).await;
    }
    assert_eq!(cost().await, 3);
}

#[tokio::test]
async fn needs_the_scope_and_sane_arguments() {
    let app = start().await;
    let admin = admin(&app).await;
    assert_eq!(app.graphql(LIST).send().await.code(), "UNAUTHENTICATED");
    for viewer in [customer(app.clock.id()), staff()] {
        assert_eq!(
            app.graphql(LIST).viewer(&viewer).send().await.code(),
            "FORBIDDEN"
        );
    }
    for variables in [
        json!({ "first": 0 }),
        json!({ "first": 101 }),
        json!({ "first": -1 }),
        json!({ "first": 1, "last": 1 }),
        json!({ "after": "nonsense" }),
        json!({ "filter": { "email": "nonsense" } }),
    ] {
        let answer = app
            .graphql(LIST)
            .variables(variables.clone())
            .viewer(&admin.viewer)
            .send()
            .await;
        assert_eq!(answer.code(), "INVALID_INPUT", "{variables}");
    }
}
