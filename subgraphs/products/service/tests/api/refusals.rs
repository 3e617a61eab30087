//! Whoever may not is refused: every guarded root field is in here, as tests/architecture.rs checks.

use crate::shop;

/// For those with a scope that customers lack.
const SCOPED: [&str; 18] = [
    r#"{ reservation(id: "x") { id } }"#,
    r#"{ stockLedger(variantId: "x", first: 1) { nodes { __typename } } }"#,
    r#"mutation { adjustStock(input: { variantId: "x", delta: 1, reason: "r", idempotencyKey: "0198c0de-0000-7000-8000-000000000001" }) { userErrors { message } } }"#,
    r#"mutation { archiveProduct(input: { productId: "x" }) { userErrors { message } } }"#,
    r#"mutation { createCategory(input: { name: "C" }) { userErrors { message } } }"#,
    r#"mutation { createProduct(input: { product: { name: "P" } }) { userErrors { message } } }"#,
    r#"mutation { createVariant(input: { productId: "x", variant: { sku: "S", price: { units: 1, currency: "USD" } } }) { userErrors { message } } }"#,
    r#"mutation { deleteCategory(input: { categoryId: "x" }) { userErrors { message } } }"#,
    r#"mutation { deleteProduct(input: { productId: "x" }) { userErrors { message } } }"#,
    r#"mutation { deleteVariant(input: { variantId: "x" }) { userErrors { message } } }"#,
    r#"mutation { publishProduct(input: { productId: "x" }) { userErrors { message } } }"#,
    r#"mutation { releaseReservation(input: { reservationId: "x", idempotencyKey: "0198c0de-0000-7000-8000-000000000001" }) { userErrors { message } } }"#,
    r#"mutation { reserveStock(input: { lines: [{ variantId: "x", quantity: 1 }], idempotencyKey: "0198c0de-0000-7000-8000-000000000001" }) { userErrors { message } } }"#,
    r#"mutation { setLowStock(input: { variantId: "x", threshold: 3, idempotencyKey: "0198c0de-0000-7000-8000-000000000001" }) { userErrors { message } } }"#,
    r#"mutation { updateCategory(input: { categoryId: "x" }) { userErrors { message } } }"#,
    r#"mutation { updateProduct(input: { productId: "x" }) { userErrors { message } } }"#,
    r#"mutation { updateVariant(input: { variantId: "x" }) { userErrors { message } } }"#,
    r#"mutation { bulkCreateProducts(input: { products: [{ name: "P" }] }) { __typename } }"#,
];

#[tokio::test]
async fn nobody_is_let_in_without_a_token() {
    let app = shop::start().await;
    for document in SCOPED {
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
