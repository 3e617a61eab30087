//! A page of 20 products, from anywhere in the catalogue.

use std::sync::Arc;

use serde::{Deserialize, de::IgnoredAny};
use serde_json::json;

use crate::commands::bench::{
    catalogue::Catalogue,
    chance::Chance,
    connection::Connection,
    load::{Client, Measurement, closed_loop},
    run::Subject,
};

const LIST: &str = "query List($after: String) {
  products(first: 20, after: $after) {
    nodes { name slug price { units currency } }
    pageInfo { hasNextPage endCursor }
  }
}";

struct List {
    connection: Connection,
    chance: Chance,
    catalogue: Arc<Catalogue>,
}

#[derive(Deserialize)]
struct Answer {
    products: Products,
}

#[derive(Deserialize)]
struct Products {
    nodes: Vec<IgnoredAny>,
}

/// With so many clients.
pub(in crate::commands::bench) async fn list(
    subject: &Subject<'_>,
    clients: u32,
) -> Result<Measurement, String> {
    let mut crowd = Vec::new();
    for number in 0..clients {
        crowd.push(List {
            connection: Connection::open(&subject.target).await?,
            chance: Chance::of(number),
            catalogue: Arc::clone(&subject.catalogue),
        });
    }
    Ok(closed_loop(crowd, subject.span, &subject.process).await)
}

impl Client for List {
    async fn act(&mut self) -> Result<(), String> {
        let after = self.chance.pick(&self.catalogue.cursors);
        let Answer { products } = self.connection.ask(LIST, json!({ "after": after })).await?;
        match products.nodes.len() {
            20 => Ok(()),
            other => Err(format!("a page of {other} products")),
        }
    }
}
