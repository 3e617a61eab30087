//! The demo accounts.

use identity::Role;
use users::DEMO_ACCOUNTS;

use crate::shop::{announced, person, start, try_log_in};

#[tokio::test]
async fn makes_each_account_once_with_its_roles() {
    let app = start().await;
    assert_eq!(app.subgraph().seed_demo().await.unwrap(), 3);
    let registered = announced(&app)
        .await
        .into_iter()
        .filter(|kind| kind == "user.registered.v1")
        .count();
    assert_eq!(registered, 3);
    assert_eq!(app.subgraph().seed_demo().await.unwrap(), 0);
    let scopes = [
        Role::Admin.scopes(),
        Role::Staff.scopes(),
        Role::Customer.scopes(),
    ];
    for ((email, password, ..), scopes) in DEMO_ACCOUNTS.into_iter().zip(scopes) {
        let answer = try_log_in(&app, email, password).await;
        assert_eq!(
            person(&app, &answer, "logIn").user().scopes,
            scopes,
            "{email}"
        );
    }
}
