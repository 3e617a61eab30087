//! Keeps an index up to the catalogue, and builds it anew.
//!
//! Every change of the catalogue has a number, and numbers become visible in their own order (see the migration of
//! `change_counter`). The index keeps the last number it holds beside its documents; following is reading what is above.
//! Whatever was cut off is read again, and reading it again changes nothing, so that several may follow at a time.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use database::Database;
use fault::Fault;
use products_domain::{Product, StateKind};
use uuid::Uuid;

use super::{Change, Document, Mark, SearchError, SearchIndex, Taxonomy};
use crate::{
    metrics::Metrics,
    store::{categories, changes, products},
};

const BATCH: u64 = 1_000;

/// What came of following.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Followed {
    /// The index is up to the catalogue.
    UpToDate,
    /// It has to be built anew: it never was, or the tree of categories is another, or it knows changes that the
    /// database does not (a restored backup).
    Unusable,
}

/// Keeps one index up to date.
pub(crate) struct Indexer {
    index: Arc<dyn SearchIndex>,
    pause: Duration,
    /// When the last commit was; held while following, so that one follower of this process works at a time.
    turn: tokio::sync::Mutex<Option<Instant>>,
    /// The last mark that was seen.
    reached: AtomicI64,
    /// When the index was up to the catalogue for the last time.
    fresh: Mutex<Instant>,
    metrics: Metrics,
}

impl Indexer {
    /// Follows with `index`, committing at most once in `pause`.
    pub(crate) fn new(index: Arc<dyn SearchIndex>, pause: Duration, metrics: Metrics) -> Self {
        Self {
            index,
            pause,
            turn: tokio::sync::Mutex::new(None),
            reached: AtomicI64::new(0),
            fresh: Mutex::new(Instant::now()),
            metrics,
        }
    }

    /// Brings the index up to the catalogue, unless it has to be built anew for that.
    pub(crate) async fn follow(&self, database: &Database) -> Result<Followed, Fault> {
        let mut turn = self.turn.lock().await;
        let followed = self.advance(database, &mut turn).await;
        self.show(database, matches!(followed, Ok(Followed::UpToDate)))
            .await?;
        followed
    }

    async fn advance(
        &self,
        database: &Database,
        turn: &mut Option<Instant>,
    ) -> Result<Followed, Fault> {
        loop {
            let conn = database.read();
            let taxonomy = Taxonomy::new(&categories::all(conn).await?)?;
            let last = changes::last(conn).await?;
            let Some(from) = self.index.mark().await? else {
                return Ok(Followed::Unusable);
            };
            if from.taxonomy != taxonomy.fingerprint || from.change > last {
                return Ok(Followed::Unusable);
            }
            self.reached.store(from.change, Ordering::Relaxed);
            if from.change >= last {
                return Ok(Followed::UpToDate);
            }
            self.metrics
                .search_behind
                .set(last.saturating_sub(from.change));
            if let Some(committed) = *turn {
                tokio::time::sleep(self.pause.saturating_sub(committed.elapsed())).await;
            }
            let (changes, change) = self.above(database, from.change, last, &taxonomy).await?;
            let to = Mark {
                change,
                taxonomy: taxonomy.fingerprint,
            };
            match self.index.apply(changes, &from, to).await {
                // Somebody else was faster: go on from where it is by now.
                Ok(()) | Err(SearchError::Moved) => {}
                Err(error) => return Err(error.into()),
            }
            *turn = Some(Instant::now());
        }
    }

    /// Shows how far the index is, also while nobody can reach it.
    async fn show(&self, database: &Database, fresh: bool) -> Result<(), Fault> {
        let stale = {
            let mut since = self.fresh.lock().unwrap_or_else(PoisonError::into_inner);
            if fresh {
                *since = Instant::now();
            }
            since.elapsed().as_secs()
        };
        let reached = self.reached.load(Ordering::Relaxed);
        let last = if fresh {
            reached
        } else {
            changes::last(database.read()).await?
        };
        let metrics = &self.metrics;
        metrics.search_watermark.set(reached);
        metrics.search_behind.set(last.saturating_sub(reached));
        metrics
            .search_stale
            .set(i64::try_from(stale).unwrap_or(i64::MAX));
        Ok(())
    }

    /// A batch of the changes above the number `from`, and the number that they lead to. `last` was the last number
    /// before this is read: up to it all are visible, what comes in meanwhile is read again next time.
    async fn above(
        &self,
        database: &Database,
        from: i64,
        last: i64,
        taxonomy: &Taxonomy,
    ) -> Result<(Vec<Change>, i64), Fault> {
        let conn = database.read();
        let found = changes::above(conn, from, BATCH).await?;
        let full = found.len() >= usize::try_from(BATCH).unwrap_or(usize::MAX);
        let to = found
            .last()
            .filter(|_| full)
            .map_or(last, |change| change.number.min(last));
        let ids: Vec<Uuid> = found.iter().map(|change| change.product_id).collect();
        let mut gone: HashMap<Uuid, i64> = found
            .iter()
            .map(|change| (change.product_id, change.number))
            .collect();
        let mut changes = Vec::with_capacity(ids.len());
        for product in products::load_many(conn, &ids).await? {
            if public(&product)
                && let Some(number) = gone.remove(&product.id)
            {
                changes.push(Change::Put(Document::of(&product, number, taxonomy)));
            }
        }
        changes.extend(
            gone.into_iter()
                .map(|(id, number)| Change::Remove(id, number)),
        );
        Ok((changes, to))
    }

    /// Builds the index anew beside the one in use and switches over; tells `progress` how many of how many products
    /// are done. Returns the number of products in the index. The caller sees to it that nobody else builds.
    pub(crate) async fn rebuild(
        &self,
        database: &Database,
        progress: &(dyn Fn(u64, u64) + Send + Sync),
    ) -> Result<u64, Fault> {
        let conn = database.read();
        let taxonomy = Taxonomy::new(&categories::all(conn).await?)?;
        let mut change = changes::last(conn).await?;
        let total = u64::try_from(products::count(conn).await?).unwrap_or(0);
        let mut building = self.index.rebuild().await?;
        let (mut after, mut seen, mut kept) = (Uuid::nil(), 0_u64, 0_u64);
        progress(0, total);
        loop {
            let ids = products::ids_above(conn, after, BATCH).await?;
            let Some(last) = ids.last().copied() else {
                break;
            };
            let documents: Vec<Change> = products::load_many(conn, &ids)
                .await?
                .iter()
                .filter(|product| public(product))
                .map(|product| Change::Put(Document::of(product, change, &taxonomy)))
                .collect();
            seen = seen.saturating_add(u64::try_from(ids.len()).unwrap_or(0));
            kept = kept.saturating_add(u64::try_from(documents.len()).unwrap_or(0));
            building.add(documents).await?;
            progress(seen, total.max(seen));
            after = last;
        }
        // What changed meanwhile, so that the switch takes nobody back in time: the last of it while nobody follows, or the old
        // index would get what the new one lacks. What changes from here on is followed.
        let mut turn = None;
        loop {
            let last = changes::last(conn).await?;
            if change >= last {
                if turn.is_some() {
                    break;
                }
                turn = Some(self.turn.lock().await);
                continue;
            }
            let (changes, to) = self.above(database, change, last, &taxonomy).await?;
            building.add(changes).await?;
            change = to;
        }
        building
            .finish(Mark {
                change,
                taxonomy: taxonomy.fingerprint,
            })
            .await?;
        Ok(kept)
    }

    /// What and where the index is, and how many changes it is behind; none when it has to be built first.
    pub(crate) async fn state(&self, database: &Database) -> Result<(String, Option<i64>), Fault> {
        let last = changes::last(database.read()).await?;
        let about = self.index.about().await?;
        let mark = self.index.mark().await?;
        Ok((about, mark.map(|mark| last.saturating_sub(mark.change))))
    }
}

fn public(product: &Product) -> bool {
    product.state.kind() == StateKind::Published
}
