//! Batches what the rows of a list need, into one statement a kind. New for each operation. Nothing is cached: in a stream
//! an operation lives long.

use std::{collections::HashMap, sync::Arc};

use database::{Database, DatabaseError};
use dataloader::{BatchFn, non_cached::Loader};
use fault::Fault;
use orders_domain::{Order, OrderLine};
use uuid::Uuid;

use crate::store::{self, order_events::Happening};

type Batch<T> = Result<T, Arc<DatabaseError>>;

/// The loaders of one operation.
pub(crate) struct Loaders {
    orders: Loader<Uuid, Batch<Option<Order>>, Orders>,
    lines: Loader<Uuid, Batch<Vec<OrderLine>>, Lines>,
    events: Loader<Uuid, Batch<Vec<Happening>>, Events>,
}

struct Orders(Database);
struct Lines(Database);
struct Events(Database);

impl Loaders {
    pub(crate) fn new(database: &Database) -> Self {
        Self {
            orders: Loader::new(Orders(database.clone())),
            lines: Loader::new(Lines(database.clone())),
            events: Loader::new(Events(database.clone())),
        }
    }

    /// An order as it is now.
    pub(crate) async fn order(&self, id: Uuid) -> Result<Option<Order>, Fault> {
        self.orders.load(id).await.map_err(DatabaseError::shared)
    }

    /// The lines of an order.
    pub(crate) async fn lines(&self, order: Uuid) -> Result<Vec<OrderLine>, Fault> {
        self.lines.load(order).await.map_err(DatabaseError::shared)
    }

    /// What happened to an order so far.
    pub(crate) async fn events(&self, order: Uuid) -> Result<Vec<Happening>, Fault> {
        self.events.load(order).await.map_err(DatabaseError::shared)
    }
}

impl BatchFn<Uuid, Batch<Option<Order>>> for Orders {
    async fn load(&mut self, keys: &[Uuid]) -> HashMap<Uuid, Batch<Option<Order>>> {
        let loaded = store::orders::load_many(&self.0, keys).await;
        each(keys, loaded, |orders| {
            orders
                .into_iter()
                .map(|order| (order.id, Some(order)))
                .collect()
        })
    }
}

impl BatchFn<Uuid, Batch<Vec<OrderLine>>> for Lines {
    async fn load(&mut self, keys: &[Uuid]) -> HashMap<Uuid, Batch<Vec<OrderLine>>> {
        let loaded = store::orders::lines(&self.0, keys).await;
        each(keys, loaded, group)
    }
}

impl BatchFn<Uuid, Batch<Vec<Happening>>> for Events {
    async fn load(&mut self, keys: &[Uuid]) -> HashMap<Uuid, Batch<Vec<Happening>>> {
        let loaded = store::order_events::of_orders(&self.0, keys).await;
        each(keys, loaded, |events| {
            group(
                events
                    .into_iter()
                    .map(|event| (event.order_id, event))
                    .collect(),
            )
        })
    }
}

fn group<T>(rows: Vec<(Uuid, T)>) -> HashMap<Uuid, Vec<T>> {
    let mut groups: HashMap<Uuid, Vec<T>> = HashMap::new();
    for (key, row) in rows {
        groups.entry(key).or_default().push(row);
    }
    groups
}

/// One answer for each key: what was found of it, or what went wrong for all.
fn each<L, V: Default>(
    keys: &[Uuid],
    loaded: Result<L, DatabaseError>,
    sort: impl FnOnce(L) -> HashMap<Uuid, V>,
) -> HashMap<Uuid, Batch<V>> {
    match loaded.map(sort) {
        Ok(mut found) => keys
            .iter()
            .map(|key| (*key, Ok(found.remove(key).unwrap_or_default())))
            .collect(),
        Err(error) => {
            let error = Arc::new(error);
            keys.iter()
                .map(|key| (*key, Err(Arc::clone(&error))))
                .collect()
        }
    }
}
