//! What products needs of a search engine.

use std::time::Duration;

use async_trait::async_trait;
use fault::Fault;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Document;

/// A search engine that holds the published products.
#[async_trait]
pub(crate) trait SearchIndex: Send + Sync {
    /// Finds products.
    async fn search(&self, query: &Query) -> Result<Found, SearchError>;

    /// Completes what a shopper is typing.
    async fn suggest(&self, prefix: &str, most: usize) -> Result<Vec<Suggestion>, SearchError>;

    /// The part of `text` around the words in `matched`, as HTML: words in `<mark>`, everything else escaped.
    fn highlight(&self, matched: &[String], text: &str, most_characters: usize) -> String;

    /// How far the index follows the catalogue; none when it was never built.
    async fn mark(&self) -> Result<Option<Mark>, SearchError>;

    /// Applies changes, which lead `from` one mark `to` the next; afterwards they are found. Fails with
    /// [`SearchError::Moved`] and leaves the mark alone when it is not `from` any more: another one follows too, or
    /// another index is in use. Applying the same again changes nothing.
    async fn apply(&self, changes: Vec<Change>, from: &Mark, to: Mark) -> Result<(), SearchError>;

    /// Begins to build the index anew beside the one in use. The caller sees to it that nobody else builds.
    async fn rebuild(&self) -> Result<Box<dyn Rebuild>, SearchError>;

    /// What and where the index is, for operators. Reaches the engine.
    async fn about(&self) -> Result<String, SearchError>;
}

/// An index that is being built beside the one in use. Dropped unfinished, it leaves nothing.
#[async_trait]
pub(crate) trait Rebuild: Send {
    /// Adds changes.
    async fn add(&mut self, changes: Vec<Change>) -> Result<(), SearchError>;

    /// Puts it in the place of the one in use.
    async fn finish(self: Box<Self>, mark: Mark) -> Result<(), SearchError>;
}

/// How far an index follows the catalogue. Kept in the index's own commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark {
    /// The last change number that is in the index.
    pub change: i64,
    /// A fingerprint of the tree of categories that the index was built with.
    pub taxonomy: String,
}

/// A product's new place in the index.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    /// It is as it says.
    Put(Document),
    /// It is not to be found any more, since the change with this number.
    Remove(Uuid, i64),
}

/// What is searched for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query {
    /// What the shopper typed; empty finds everything.
    pub text: String,
    /// In any of these categories or below.
    pub categories: Vec<Uuid>,
    /// Of any of these brands.
    pub brands: Vec<String>,
    /// From this price, in minor units.
    pub least: Option<i64>,
    /// Up to this price, in minor units.
    pub most: Option<i64>,
    /// With these options.
    pub options: Vec<OptionFilter>,
    pub sort: Sort,
    /// How many hits to skip.
    pub offset: usize,
    /// How many hits to return.
    pub limit: usize,
    /// The facets to count.
    pub wanted: Wanted,
    /// The limits between price ranges, ascending.
    pub price_steps: Vec<i64>,
}

/// An option with any of these values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OptionFilter {
    pub name: String,
    pub values: Vec<String>,
}

/// Which facets to count.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wanted {
    pub categories: bool,
    pub brands: bool,
    pub prices: bool,
    pub options: bool,
}

/// The order of hits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Sort {
    #[default]
    Relevance,
    Newest,
    PriceAscending,
    PriceDescending,
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub(crate) struct Found {
    /// How many in all.
    pub total: u64,
    /// The page of them, in order.
    pub hits: Vec<Uuid>,
    /// The words that matched, as the index spells them; for [`SearchIndex::highlight`].
    pub matched: Vec<String>,
    pub facets: Facets,
}

/// Counts by facet. The counts of a facet disregard what is chosen in that facet itself, so they stay when something is
/// chosen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facets {
    pub categories: Vec<FacetCount<Uuid>>,
    pub brands: Vec<FacetCount<String>>,
    pub prices: Vec<PriceCount>,
    /// By name of the option.
    pub options: Vec<(String, Vec<FacetCount<String>>)>,
}

/// How many products have a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FacetCount<T> {
    pub value: T,
    pub count: u64,
}

/// How many products cost so much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PriceCount {
    /// From this price on, in minor units.
    pub least: Option<i64>,
    /// Below this price, in minor units.
    pub below: Option<i64>,
    pub count: u64,
}

/// A completion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Suggestion {
    pub text: String,
    /// How many products have all of its words.
    pub count: u64,
}

/// The search engine failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SearchError {
    /// It does not answer, or is too busy to; worth another try after a while.
    #[error("the search engine does not answer: {cause}")]
    Away {
        /// Why.
        cause: Box<dyn std::error::Error + Send + Sync>,
        /// How long to wait.
        wait: Duration,
    },
    /// It answers that it will not do this.
    #[error("the search engine refuses: {0}")]
    Refused(String),
    /// The mark is another one by now, or the index is gone.
    #[error("the index was changed by somebody else meanwhile")]
    Moved,
    /// The embedded engine.
    #[error(transparent)]
    Tantivy(#[from] ::tantivy::TantivyError),
    /// A file of the index.
    #[error("the files of the search index: {0}")]
    Files(#[from] std::io::Error),
    /// Indexing was cut off.
    #[error("indexing was cut off: {0}")]
    CutOff(#[from] tokio::task::JoinError),
}

impl From<SearchError> for Fault {
    fn from(error: SearchError) -> Self {
        match error {
            SearchError::Away { wait, .. } => Self::unavailable(error).retry_after(wait),
            error => Self::internal(error),
        }
    }
}
