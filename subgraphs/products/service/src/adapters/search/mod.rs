//! Product search: the port, the part that keeps an index up to date, the embedded index on Tantivy, and the
//! same on Elasticsearch.

mod analysis;
mod document;
mod elasticsearch;
mod indexer;
mod port;
mod tantivy;

pub(crate) use document::{Document, Taxonomy};
pub(crate) use elasticsearch::{Access, ElasticsearchIndex};
pub(crate) use indexer::{Followed, Indexer};
pub(crate) use port::{
    Change, FacetCount, Facets, Found, Mark, OptionFilter, PriceCount, Query, Rebuild, SearchError,
    SearchIndex, Sort, Suggestion, Wanted,
};
pub(crate) use tantivy::TantivyIndex;
