//! One word, the best 20 hits, one facet with counts.

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

const SEARCH: &str = "query Search($word: String!) {
  searchProducts(query: $word, first: 20) {
    nodes { id name slug }
    totalCount
    facets { brands { value count } }
  }
}";

struct Visitor {
    connection: Connection,
    chance: Chance,
    catalogue: Arc<Catalogue>,
}

/// Searches.
pub(in crate::commands::bench) struct Search;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    search_products: Hits,
}

#[derive(Deserialize)]
struct Hits {
    nodes: Vec<IgnoredAny>,
}

/// With so many clients.
pub(in crate::commands::bench) async fn search(
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

impl Search {
    /// Searches for a word of a product's name, which must find something.
    pub(in crate::commands::bench) async fn look(
        connection: &mut Connection,
        word: &str,
    ) -> Result<(), String> {
        let Answer { search_products } = connection.ask(SEARCH, json!({ "word": word })).await?;
        if search_products.nodes.is_empty() {
            Err(format!("nothing found for {word}"))
        } else {
            Ok(())
        }
    }
}

impl Client for Visitor {
    async fn act(&mut self) -> Result<(), String> {
        let word = self.chance.pick(&self.catalogue.words);
        Search::look(&mut self.connection, word).await
    }
}
