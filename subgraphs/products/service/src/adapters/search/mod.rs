//! Product search: the port, the part that keeps an index up to date, and the embedded index on Tantivy.

mod document;
mod indexer;
mod port;
mod tantivy;

pub(crate) use document::{Document, Taxonomy};
pub(crate) use indexer::Indexer;
pub(crate) use port::{
    Change, FacetCount, Facets, Found, Mark, OptionFilter, PriceCount, Query, Rebuild, SearchError,
    SearchIndex, Sort, Suggestion, Wanted,
};
pub(crate) use tantivy::TantivyIndex;
