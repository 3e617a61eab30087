//! The embedded search engine: Tantivy, in a folder of its own.

mod facets;
mod fields;
mod generation;
mod index;
mod suggestions;
mod words;

pub(crate) use index::TantivyIndex;
