//! The port on Tantivy.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use async_trait::async_trait;
use clock::Clock;
use tantivy::{
    DocAddress, Order, Searcher,
    collector::{Count, TopDocs},
    query::Query as TantivyQuery,
};
use uuid::Uuid;

use super::{
    facets,
    generation::{self, Generation},
    suggestions, words,
};
use crate::adapters::search::{
    Change, Found, Mark, Query, Rebuild, SearchError, SearchIndex, Sort, Suggestion, analysis,
};

/// Product search in a folder.
pub(crate) struct TantivyIndex(Arc<Folder>);

struct Folder {
    root: PathBuf,
    memory: usize,
    clock: Clock,
    current: RwLock<Arc<Generation>>,
}

impl Folder {
    fn current(&self) -> Arc<Generation> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn is_current(&self, generation: &Arc<Generation>) -> bool {
        Arc::ptr_eq(&self.current(), generation)
    }
}

impl TantivyIndex {
    /// Opens the index in `root`, or an empty one. Indexing may use `memory` bytes.
    pub(crate) fn open(root: &Path, memory: usize, clock: Clock) -> Result<Self, SearchError> {
        std::fs::create_dir_all(root)?;
        let name = if let Some(name) = generation::in_use(root) {
            name
        } else {
            let name = generation::name(&clock.id().simple().to_string());
            generation::point(root, &name)?;
            name
        };
        generation::sweep(root, &name)?;
        let current = Arc::new(Generation::open(root, &name, memory)?);
        let root = root.to_owned();
        Ok(Self(Arc::new(Folder {
            root,
            memory,
            clock,
            current: RwLock::new(current),
        })))
    }
}

#[async_trait]
impl SearchIndex for TantivyIndex {
    // A search takes fractions of a millisecond and waits for nothing, so it runs where it is called.
    async fn search(&self, query: &Query) -> Result<Found, SearchError> {
        let generation = self.0.current();
        let (searcher, fields) = (generation.reader.searcher(), &generation.fields);
        let read = words::read(&searcher, fields, &query.text)?;
        let mut wanted = read.all;
        let mut found = hits(&searcher, &generation, wanted.as_ref(), query)?;
        if let (0, Some(any)) = (found.total, read.any) {
            wanted = any;
            found = hits(&searcher, &generation, wanted.as_ref(), query)?;
        }
        found.found.facets =
            facets::count(&searcher, fields, wanted.as_ref(), query, found.shared)?;
        found.found.matched = read.matched;
        Ok(found.found)
    }

    async fn suggest(&self, prefix: &str, most: usize) -> Result<Vec<Suggestion>, SearchError> {
        let generation = self.0.current();
        Ok(suggestions::complete(
            &generation.reader.searcher(),
            &generation.fields,
            prefix,
            most,
        )?)
    }

    fn highlight(&self, matched: &[String], text: &str, most_characters: usize) -> String {
        analysis::highlight(matched, text, most_characters)
    }

    async fn mark(&self) -> Result<Option<Mark>, SearchError> {
        loop {
            let generation = self.0.current();
            match generation.mark() {
                // Its files went while they were read: another one is in use by now.
                Err(_) if !self.0.is_current(&generation) => {}
                mark => return mark,
            }
        }
    }

    async fn apply(&self, changes: Vec<Change>, from: &Mark, to: Mark) -> Result<(), SearchError> {
        let (generation, from) = (self.0.current(), from.clone());
        let written = Arc::clone(&generation);
        let applied =
            tokio::task::spawn_blocking(move || written.write(&changes, Some(&from), Some(&to)));
        match applied.await? {
            Err(_) if !self.0.is_current(&generation) => Err(SearchError::Moved),
            applied => applied,
        }
    }

    async fn rebuild(&self) -> Result<Box<dyn Rebuild>, SearchError> {
        let name = generation::name(&self.0.clock.id().simple().to_string());
        let generation = Arc::new(Generation::open(&self.0.root, &name, self.0.memory)?);
        Ok(Box::new(Building {
            folder: Arc::clone(&self.0),
            name,
            generation,
            finished: false,
        }))
    }

    async fn about(&self) -> Result<String, SearchError> {
        Ok(format!("Tantivy in {}", self.0.root.display()))
    }
}

struct Hits {
    total: u64,
    found: Found,
    shared: Option<tantivy::aggregation::agg_result::AggregationResults>,
}

fn hits(
    searcher: &Searcher,
    generation: &Generation,
    words: &dyn TantivyQuery,
    query: &Query,
) -> Result<Hits, SearchError> {
    let restricted = facets::restricted(&generation.fields, words, query, None);
    let counter = facets::counter(query)?;
    let top = TopDocs::with_limit(query.limit.max(1)).and_offset(query.offset);
    // Everything scores the same without words: the newest come first then.
    let sort = if query.sort == Sort::Relevance && query.text.trim().is_empty() {
        Sort::Newest
    } else {
        query.sort
    };
    let (addresses, total, shared): (Vec<DocAddress>, usize, _) = match sort {
        Sort::Relevance => {
            let (top, total, shared) =
                searcher.search(&restricted, &(top.order_by_score(), Count, counter))?;
            (
                top.into_iter().map(|(_, address)| address).collect(),
                total,
                shared,
            )
        }
        Sort::Newest | Sort::PriceAscending | Sort::PriceDescending => {
            let (field, order) = match sort {
                Sort::PriceAscending => ("price", Order::Asc),
                Sort::PriceDescending => ("price", Order::Desc),
                Sort::Newest | Sort::Relevance => ("created", Order::Desc),
            };
            let top = top.order_by_fast_field::<i64>(field, order);
            let (top, total, shared) = searcher.search(&restricted, &(top, Count, counter))?;
            (
                top.into_iter().map(|(_, address)| address).collect(),
                total,
                shared,
            )
        }
    };
    let total = u64::try_from(total).unwrap_or(u64::MAX);
    let mut found = Found {
        total,
        ..Found::default()
    };
    for address in addresses.into_iter().take(query.limit) {
        let columns = searcher.segment_reader(address.segment_ord).fast_fields();
        let half = |name: &str| -> tantivy::Result<u64> {
            Ok(columns.u64(name)?.first(address.doc_id).unwrap_or_default())
        };
        found
            .hits
            .push(Uuid::from_u64_pair(half("id_high")?, half("id_low")?));
    }
    Ok(Hits {
        total,
        found,
        shared,
    })
}

/// The next generation.
struct Building {
    folder: Arc<Folder>,
    name: String,
    generation: Arc<Generation>,
    finished: bool,
}

#[async_trait]
impl Rebuild for Building {
    async fn add(&mut self, changes: Vec<Change>) -> Result<(), SearchError> {
        let generation = Arc::clone(&self.generation);
        tokio::task::spawn_blocking(move || generation.write(&changes, None, None)).await?
    }

    async fn finish(self: Box<Self>, mark: Mark) -> Result<(), SearchError> {
        let mut building = self;
        tokio::task::spawn_blocking(move || {
            let generation = Arc::clone(&building.generation);
            generation.write(&[], None, Some(&mark))?;
            generation.settle()?;
            generation::point(&building.folder.root, &building.name)?;
            building.finished = true;
            let mut current = building
                .folder
                .current
                .write()
                .unwrap_or_else(PoisonError::into_inner);
            let old = std::mem::replace(&mut *current, generation);
            drop(current);
            // The new one is in use, whatever becomes of the old.
            if let Err(error) = old.remove() {
                tracing::warn!(search.folder = %old.folder.display(), error = %error, "an old index was left behind");
            }
            Ok(())
        })
        .await?
    }
}

impl Drop for Building {
    fn drop(&mut self) {
        if !self.finished && std::fs::remove_dir_all(&self.generation.folder).is_err() {
            tracing::warn!(search.folder = %self.generation.folder.display(), "an unfinished index was left behind");
        }
    }
}
