//! Parsed operations, kept by their text: the router sends the same few again and again.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use async_graphql::parser::types::ExecutableDocument;
use moka::sync::Cache;

const MOST: u64 = 2_000;
const LONGEST: usize = 16 * 1024;

pub(crate) struct Documents(Cache<String, Arc<Known>>);

/// A parsed operation.
pub(crate) struct Known {
    pub(crate) document: ExecutableDocument,
    valid: AtomicBool,
}

impl Known {
    /// Whether it was found valid before.
    pub(crate) fn is_valid(&self) -> bool {
        self.valid.load(Ordering::Relaxed)
    }

    /// It was found valid.
    pub(crate) fn found_valid(&self) {
        self.valid.store(true, Ordering::Relaxed);
    }
}

impl Documents {
    pub(crate) fn new() -> Self {
        Self(Cache::new(MOST))
    }

    /// The parsed form of `query`, or None when it cannot be parsed; the engine then says why.
    pub(crate) fn get(&self, query: &str) -> Option<Arc<Known>> {
        if query.len() > LONGEST {
            return None;
        }
        if let Some(known) = self.0.get(query) {
            return Some(known);
        }
        let known = Arc::new(Known {
            document: async_graphql::parser::parse_query(query).ok()?,
            valid: AtomicBool::new(false),
        });
        self.0.insert(query.to_owned(), Arc::clone(&known));
        Some(known)
    }
}
