//! Parsed operations, kept by their text: the router sends the same few again and again.

use std::sync::Arc;

use async_graphql::parser::types::ExecutableDocument;
use moka::sync::Cache;

const MOST: u64 = 2_000;
const LONGEST: usize = 16 * 1024;

pub(crate) struct Documents(Cache<String, Arc<ExecutableDocument>>);

impl Documents {
    pub(crate) fn new() -> Self {
        Self(Cache::new(MOST))
    }

    /// The parsed form of `query`, or None when it cannot be parsed; the engine then says why.
    pub(crate) fn get(&self, query: &str) -> Option<Arc<ExecutableDocument>> {
        if query.len() > LONGEST {
            return None;
        }
        if let Some(document) = self.0.get(query) {
            return Some(document);
        }
        let document = Arc::new(async_graphql::parser::parse_query(query).ok()?);
        self.0.insert(query.to_owned(), Arc::clone(&document));
        Some(document)
    }
}
