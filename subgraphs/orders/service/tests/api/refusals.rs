//! Whoever may not is refused: every guarded root field is in here, as tests/architecture.rs checks.

use futures::StreamExt;
use identity::Viewer;
use orders::Orders;
use serde_json::json;
use testkit::TestApp;

/// For whoever is signed in.
const SIGNED_IN: [&str; 6] = [
    "{ myCart { id } }",
    "{ myOrders(first: 1) { nodes { id } } }",
    r#"{ order(by: { number: "7K3M-9QXD-2FTB" }) { id } }"#,
    r#"mutation { cancelOrder(input: { orderId: "x" }) { userErrors { message } } }"#,
    r#"mutation { mergeCart(input: { cartToken: "x" }) { userErrors { message } } }"#,
    r#"mutation { placeOrder(input: { cartId: "x", idempotencyKey: "0198c0de-0000-7000-8000-000000000001" }) { userErrors { message } } }"#,
];

/// For those with a scope that customers lack.
const SCOPED: [&str; 3] = [
    "{ orders(first: 1) { nodes { id } } }",
    r#"mutation { shipOrder(input: { orderId: "x" }) { userErrors { message } } }"#,
    r#"mutation { deliverOrder(input: { orderId: "x" }) { userErrors { message } } }"#,
];

#[tokio::test]
async fn nobody_is_let_in_without_a_token() {
    let app = TestApp::<Orders>::start().await;
    for document in SIGNED_IN.into_iter().chain(SCOPED) {
        let answer = app.graphql(document).send().await;
        assert_eq!(answer.code(), "UNAUTHENTICATED", "{document}");
    }
}

#[tokio::test]
async fn customers_are_not_staff() {
    let app = TestApp::<Orders>::start().await;
    let customer = testkit::customer(app.clock.id());
    for document in SCOPED {
        let answer = app.graphql(document).viewer(&customer).send().await;
        assert_eq!(answer.code(), "FORBIDDEN", "{document}");
    }
}

#[tokio::test]
async fn nobody_watches_without_a_token() {
    let app = TestApp::<Orders>::start().await;
    let document = r#"subscription { orderEvents(orderId: "x") { version } }"#;
    let mut stream = app.subscribe(document, json!({}), Viewer::Anonymous);
    let answer = stream.next().await.unwrap();
    assert_eq!(answer.code(), "UNAUTHENTICATED");
}
