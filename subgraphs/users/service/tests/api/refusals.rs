//! Whoever may not is refused: every guarded root field is in here, as tests/architecture.rs checks.

use crate::shop;

/// For whoever is signed in.
const SIGNED_IN: [&str; 6] = [
    "{ me { id } }",
    r#"mutation { addAddress(input: { address: { name: "A", line1: "1", city: "C", country: "DE" } }) { userErrors { message } } }"#,
    r#"mutation { updateAddress(input: { addressId: "x", address: { name: "A", line1: "1", city: "C", country: "DE" } }) { userErrors { message } } }"#,
    r#"mutation { removeAddress(input: { addressId: "x" }) { userErrors { message } } }"#,
    r#"mutation { setDefaultAddress(input: { addressId: "x", defaultFor: [SHIPPING] }) { userErrors { message } } }"#,
    "mutation { revokeSessions { userErrors { message } } }",
];

/// For those with a scope that customers lack.
const SCOPED: [&str; 2] = [
    "{ users(first: 1) { nodes { id } } }",
    r#"mutation { setRoles(input: { userId: "x", roles: [ADMIN] }) { userErrors { message } } }"#,
];

#[tokio::test]
async fn nobody_is_let_in_without_a_token() {
    let app = shop::start().await;
    for document in SIGNED_IN.into_iter().chain(SCOPED) {
        let answer = app.graphql(document).send().await;
        assert_eq!(answer.code(), "UNAUTHENTICATED", "{document}");
    }
}

#[tokio::test]
async fn customers_are_not_staff() {
    let app = shop::start().await;
    let customer = testkit::customer(app.clock.id());
    for document in SCOPED {
        let answer = app.graphql(document).viewer(&customer).send().await;
        assert_eq!(answer.code(), "FORBIDDEN", "{document}");
    }
}
