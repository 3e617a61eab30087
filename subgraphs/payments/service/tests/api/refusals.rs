//! Whoever may not is refused: every guarded root field is in here, as tests/architecture.rs checks.

use crate::shop::Shop;

/// For whoever is signed in.
const SIGNED_IN: [&str; 4] = [
    "{ myPayments(first: 1) { nodes { id } } }",
    r#"{ payment(id: "x") { id } }"#,
    r#"mutation { createPayment(input: { orderId: "x", idempotencyKey: "0198c0de-0000-7000-8000-000000000001" }) { userErrors { message } } }"#,
    r#"mutation { confirmPayment(input: { paymentId: "x", paymentMethod: "pm_card_visa", idempotencyKey: "0198c0de-0000-7000-8000-000000000001" }) { userErrors { message } } }"#,
];

/// For those with a scope that customers lack.
const SCOPED: [&str; 1] = [
    r#"mutation { refundPayment(input: { paymentId: "x", idempotencyKey: "0198c0de-0000-7000-8000-000000000001" }) { userErrors { message } } }"#,
];

#[tokio::test]
async fn nobody_is_let_in_without_a_token() {
    let shop = Shop::deaf().await;
    let app = &shop.app;
    for document in SIGNED_IN.into_iter().chain(SCOPED) {
        let answer = app.graphql(document).send().await;
        assert_eq!(answer.code(), "UNAUTHENTICATED", "{document}");
    }
}

#[tokio::test]
async fn customers_are_not_staff() {
    let shop = Shop::deaf().await;
    let app = &shop.app;
    let customer = testkit::customer(app.clock.id());
    for document in SCOPED {
        let answer = app.graphql(document).viewer(&customer).send().await;
        assert_eq!(answer.code(), "FORBIDDEN", "{document}");
    }
}
