//! Keeps an index up to the catalogue, and builds it anew.
//!
//! Every change of the catalogue has a number, and numbers become visible in their own order (see the migration of
//! `change_counter`). The index keeps the last number it holds in its own commit; following is reading what is above.
//! Whatever was cut off is read again, and reading it again changes nothing.

use std::{
    collections::HashSet,
    sync::Arc,
    time::{Duration, Instant},
};

use database::Database;
use fault::Fault;
use products_domain::{Product, StateKind};
use tokio::sync::Mutex;
use uuid::Uuid;

use super::{Change, Document, Mark, SearchIndex, Taxonomy};
use crate::store::{categories, changes, products};

const BATCH: u64 = 1_000;

/// Keeps one index up to date.
pub(crate) struct Indexer {
    index: Arc<dyn SearchIndex>,
    pause: Duration,
    /// When the last commit was; held while following, so that one follower works at a time.
    turn: Mutex<Option<Instant>>,
    /// Held while the index is built anew.
    building: Mutex<()>,
    behind: prometheus::IntGauge,
}

impl Indexer {
    /// Follows with `index`, committing at most once in `pause`; `behind` shows how many changes it is behind.
    pub(crate) fn new(
        index: Arc<dyn SearchIndex>,
        pause: Duration,
        behind: prometheus::IntGauge,
    ) -> Self {
        Self {
            index,
            pause,
            turn: Mutex::new(None),
            building: Mutex::new(()),
            behind,
        }
    }

    /// Brings the index up to the catalogue. Builds it anew when it was never built, when the tree of categories is
    /// another, or when the index knows changes that the database does not (a restored backup).
    pub(crate) async fn follow(&self, database: &Database) -> Result<(), Fault> {
        let mut turn = self.turn.lock().await;
        loop {
            let conn = database.read();
            let taxonomy = Taxonomy::new(&categories::all(conn).await?)?;
            let last = changes::last(conn).await?;
            let mark = match self.index.mark().await? {
                Some(mark) if mark.taxonomy == taxonomy.fingerprint && mark.change <= last => mark,
                _ => {
                    self.rebuild(database, &|_, _| {}).await?;
                    continue;
                }
            };
            self.behind.set(last.saturating_sub(mark.change));
            if mark.change >= last {
                return Ok(());
            }
            if let Some(committed) = *turn {
                tokio::time::sleep(self.pause.saturating_sub(committed.elapsed())).await;
            }
            let found = changes::above(conn, mark.change, BATCH).await?;
            // Numbers up to `last` were all visible before the read; what came in during it is read again next time.
            let full = found.len() >= usize::try_from(BATCH).unwrap_or(usize::MAX);
            let change = found
                .last()
                .filter(|_| full)
                .map_or(last, |change| change.number.min(last));
            let changes = self.documents(database, &found, &taxonomy).await?;
            self.index
                .apply(
                    changes,
                    Mark {
                        change,
                        taxonomy: taxonomy.fingerprint,
                    },
                )
                .await?;
            *turn = Some(Instant::now());
        }
    }

    async fn documents(
        &self,
        database: &Database,
        found: &[changes::Change],
        taxonomy: &Taxonomy,
    ) -> Result<Vec<Change>, Fault> {
        let ids: Vec<Uuid> = found.iter().map(|change| change.product_id).collect();
        let mut gone: HashSet<Uuid> = ids.iter().copied().collect();
        let mut put = Vec::with_capacity(ids.len());
        for product in products::load_many(database.read(), &ids).await? {
            if public(&product) {
                gone.remove(&product.id);
                put.push(Change::Put(Document::of(&product, taxonomy)));
            }
        }
        put.extend(gone.into_iter().map(Change::Remove));
        Ok(put)
    }

    /// Builds the index anew beside the one in use and switches over; tells `progress` how many of how many changes'
    /// products are done. Returns the number of products in the index.
    pub(crate) async fn rebuild(
        &self,
        database: &Database,
        progress: &(dyn Fn(u64, u64) + Send + Sync),
    ) -> Result<u64, Fault> {
        let _one_at_a_time = self.building.lock().await;
        let conn = database.read();
        let taxonomy = Taxonomy::new(&categories::all(conn).await?)?;
        let change = changes::last(conn).await?;
        let total = u64::try_from(products::count(conn).await?).unwrap_or(0);
        let mut building = self.index.rebuild().await?;
        let (mut after, mut seen, mut kept) = (Uuid::nil(), 0_u64, 0_u64);
        progress(0, total);
        loop {
            let ids = products::ids_above(conn, after, BATCH).await?;
            let Some(last) = ids.last().copied() else {
                break;
            };
            let documents: Vec<Document> = products::load_many(conn, &ids)
                .await?
                .iter()
                .filter(|product| public(product))
                .map(|product| Document::of(product, &taxonomy))
                .collect();
            seen = seen.saturating_add(u64::try_from(ids.len()).unwrap_or(0));
            kept = kept.saturating_add(u64::try_from(documents.len()).unwrap_or(0));
            building.add(documents).await?;
            progress(seen, total.max(seen));
            after = last;
        }
        building
            .finish(Mark {
                change,
                taxonomy: taxonomy.fingerprint,
            })
            .await?;
        Ok(kept)
    }

    /// How many changes the index is behind.
    pub(crate) async fn lag(&self, database: &Database) -> Result<i64, Fault> {
        let last = changes::last(database.read()).await?;
        let mark = self.index.mark().await?;
        Ok(last.saturating_sub(mark.map_or(0, |mark| mark.change)))
    }
}

fn public(product: &Product) -> bool {
    product.state.kind() == StateKind::Published
}
