//! Product search on Elasticsearch: one alias, and behind it one versioned index that is in use.

mod breaker;
mod bulk;
mod client;
mod generations;
mod index;
mod query;
mod results;
mod suggestions;

pub(crate) use client::Access;
pub(crate) use index::ElasticsearchIndex;
