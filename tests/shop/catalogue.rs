//! What there is to buy.

use serde_json::{Value, json};

use crate::{Client, Shopper, key};

/// A variant that is for sale.
#[derive(Clone, Debug)]
pub struct Found {
    /// The variant's id.
    pub variant: String,
    /// How many can be ordered.
    pub available: i64,
}

/// The first hit of a search that has at least `least` pieces.
pub async fn search(client: &Client, word: &str, least: i64) -> Found {
    let answer = client
        .graphql(
            "query($word: String!) { searchProducts(query: $word, first: 20) { nodes { id name slug variants { id } } } }",
            json!({ "word": word }),
        )
        .await;
    let hits = answer
        .at("/searchProducts/nodes")
        .as_array()
        .cloned()
        .unwrap_or_default();
    assert!(!hits.is_empty(), "nothing is found for {word}");
    for variant in hits
        .iter()
        .flat_map(|hit| hit["variants"].as_array().into_iter().flatten())
    {
        let variant = variant["id"].as_str().unwrap_or_default().to_owned();
        let available = available(client, &variant).await;
        if available >= least {
            return Found { variant, available };
        }
    }
    panic!("no hit for {word} has {least} pieces")
}

/// A variant that is found by this word, with more pieces than a test can buy.
pub async fn plenty(client: &Client, word: &str) -> String {
    let variant = search(client, word, 1).await.variant;
    set_stock(client, &variant, 100_000).await;
    variant
}

/// How many pieces of a variant can be ordered.
pub async fn available(client: &Client, variant: &str) -> i64 {
    stock(client, variant).await["available"]
        .as_i64()
        .unwrap_or(-1)
}

/// The stock of a variant.
pub async fn stock(client: &Client, variant: &str) -> Value {
    let answer = client
        .graphql(
            "query($ids: [ID!]!) { stock(variantIds: $ids) { available } }",
            json!({ "ids": [variant] }),
        )
        .await;
    answer.at("/stock/0").clone()
}

/// Sets what is on hand of a variant, as the staff does.
pub async fn set_stock(client: &Client, variant: &str, on_hand: i64) {
    let staff = Shopper::log_in(client, "staff@emporium.example", "staff-of-the-emporium").await;
    let delta = on_hand - available(client, variant).await;
    let answer = staff
        .client
        .graphql(
            "mutation($variant: ID!, $delta: Int!, $key: String!) {
                adjustStock(input: { variantId: $variant, delta: $delta, reason: \"counted\", idempotencyKey: $key }) {
                    userErrors { message } } }",
            json!({ "variant": variant, "delta": delta, "key": key() }),
        )
        .await;
    assert_eq!(
        answer.at("/adjustStock/userErrors"),
        &json!([]),
        "{answer:?}"
    );
}
