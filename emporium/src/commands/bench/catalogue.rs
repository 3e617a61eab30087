//! What there is to look at and to buy, read from the shop before anything is measured.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::json;

use super::connection::Connection;

const PAGE: &str = "query Catalogue($after: String) {
  products(first: 100, after: $after) {
    edges { cursor node { slug name variants { id } } }
    pageInfo { hasNextPage endCursor }
  }
}";

/// Products of one page of a list; so many must follow a cursor that is listed from.
const LISTED: usize = 20;
/// Shorter words are no search.
const SHORTEST: usize = 4;

/// What clients choose from.
#[derive(Debug, Default)]
pub(super) struct Catalogue {
    /// Cursors that at least a page of products follows.
    pub(super) cursors: Vec<String>,
    /// The slug of each product.
    pub(super) slugs: Vec<String>,
    /// The first variant of each product, which is always well in stock.
    pub(super) variants: Vec<String>,
    /// Words of their names, each once.
    pub(super) words: Vec<String>,
}

#[derive(Deserialize)]
struct Answer {
    products: Products,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Products {
    edges: Vec<Edge>,
    page_info: PageInfo,
}

#[derive(Deserialize)]
struct Edge {
    cursor: String,
    node: Product,
}

#[derive(Deserialize)]
struct Product {
    slug: String,
    name: String,
    variants: Vec<Variant>,
}

#[derive(Deserialize)]
struct Variant {
    id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageInfo {
    has_next_page: bool,
    end_cursor: Option<String>,
}

impl Catalogue {
    /// Reads the whole catalogue, page by page.
    pub(super) async fn read(connection: &mut Connection) -> Result<Self, String> {
        let mut catalogue = Self::default();
        let mut words = BTreeSet::new();
        let mut after = None;
        loop {
            let Answer { products } = connection.ask(PAGE, json!({ "after": after })).await?;
            for Edge { cursor, node } in products.edges {
                catalogue.cursors.push(cursor);
                catalogue.slugs.push(node.slug);
                catalogue
                    .variants
                    .extend(node.variants.into_iter().next().map(|variant| variant.id));
                words.extend(searchable(&node.name));
            }
            if !products.page_info.has_next_page {
                break;
            }
            after = products.page_info.end_cursor;
        }
        catalogue
            .cursors
            .truncate(catalogue.slugs.len().saturating_sub(LISTED));
        catalogue.words = words.into_iter().collect();
        if catalogue.cursors.is_empty()
            || catalogue.variants.is_empty()
            || catalogue.words.is_empty()
        {
            return Err("the shop has too few products to measure with; seed some".to_owned());
        }
        Ok(catalogue)
    }
}

fn searchable(name: &str) -> impl Iterator<Item = String> {
    name.split(|letter: char| !letter.is_alphabetic())
        .filter(|word| word.chars().count() >= SHORTEST)
        .map(str::to_lowercase)
}
