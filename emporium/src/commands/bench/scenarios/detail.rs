//! One product with its variants, by slug.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::json;

use crate::commands::bench::{
    catalogue::Catalogue,
    chance::Chance,
    connection::Connection,
    load::{Client, Measurement, closed_loop},
    run::Subject,
};

const DETAIL: &str = "query Detail($slug: String!) {
  product(by: { slug: $slug }) {
    id name slug description
    variants { id sku name price { units currency } stock { available } }
  }
}";

struct Visitor {
    connection: Connection,
    chance: Chance,
    catalogue: Arc<Catalogue>,
}

/// Looks products up.
pub(in crate::commands::bench) struct Detail;

#[derive(Deserialize)]
struct Answer {
    product: Option<Product>,
}

#[derive(Deserialize)]
struct Product {
    slug: String,
}

/// With so many clients.
pub(in crate::commands::bench) async fn detail(
    subject: &Subject<'_>,
    clients: u32,
) -> Result<Measurement, String> {
    let mut crowd = Vec::new();
    for number in 0..clients {
        crowd.push(Visitor {
            connection: Connection::open(&subject.target).await?,
            chance: Chance::of(number),
            catalogue: Arc::clone(&subject.catalogue),
        });
    }
    Ok(closed_loop(crowd, subject.span, &subject.process).await)
}

impl Detail {
    /// Looks one up, and sees that it is the right one.
    pub(in crate::commands::bench) async fn look(
        connection: &mut Connection,
        slug: &str,
    ) -> Result<(), String> {
        let answer: Answer = connection.ask(DETAIL, json!({ "slug": slug })).await?;
        let found = answer.product.is_some_and(|product| product.slug == slug);
        if found {
            Ok(())
        } else {
            Err(format!("no product {slug}"))
        }
    }
}

impl Client for Visitor {
    async fn act(&mut self) -> Result<(), String> {
        let slug = self.chance.pick(&self.catalogue.slugs);
        Detail::look(&mut self.connection, slug).await
    }
}
