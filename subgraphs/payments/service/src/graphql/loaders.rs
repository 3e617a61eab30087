//! Batches what the rows of a list need, into one statement a kind. New for each operation, and without a cache, so
//! that what a mutation answers is what it changed.

use std::{collections::HashMap, sync::Arc};

use database::{Database, DatabaseError};
use dataloader::{BatchFn, non_cached::Loader};
use fault::Fault;
use uuid::Uuid;

use crate::{
    store::{history, payments, payments::Stored},
    tables::{attempts, payment_events, refunds},
};

type Batch<T> = Result<T, Arc<DatabaseError>>;

/// The loaders of one operation.
pub(crate) struct Loaders {
    payments: Loader<Uuid, Batch<Option<Stored>>, PaymentsById>,
    of_orders: Loader<Uuid, Batch<Option<Stored>>, PaymentsByOrder>,
    attempts: Loader<Uuid, Batch<Vec<attempts::Model>>, Attempts>,
    refunds: Loader<Uuid, Batch<Vec<refunds::Model>>, Refunds>,
    events: Loader<Uuid, Batch<Vec<payment_events::Model>>, Events>,
}

struct PaymentsById(Database);
struct PaymentsByOrder(Database);
struct Attempts(Database);
struct Refunds(Database);
struct Events(Database);

impl Loaders {
    pub(crate) fn new(database: &Database) -> Self {
        Self {
            payments: Loader::new(PaymentsById(database.clone())),
            of_orders: Loader::new(PaymentsByOrder(database.clone())),
            attempts: Loader::new(Attempts(database.clone())),
            refunds: Loader::new(Refunds(database.clone())),
            events: Loader::new(Events(database.clone())),
        }
    }

    /// A payment as it is now.
    pub(crate) async fn payment(&self, id: Uuid) -> Result<Option<Stored>, Fault> {
        self.payments.load(id).await.map_err(DatabaseError::shared)
    }

    /// The payment of an order.
    pub(crate) async fn payment_of_order(&self, order: Uuid) -> Result<Option<Stored>, Fault> {
        self.of_orders
            .load(order)
            .await
            .map_err(DatabaseError::shared)
    }

    /// The attempts of a payment, oldest first.
    pub(crate) async fn attempts(&self, payment: Uuid) -> Result<Vec<attempts::Model>, Fault> {
        self.attempts
            .load(payment)
            .await
            .map_err(DatabaseError::shared)
    }

    /// The refunds of a payment, oldest first.
    pub(crate) async fn refunds(&self, payment: Uuid) -> Result<Vec<refunds::Model>, Fault> {
        self.refunds
            .load(payment)
            .await
            .map_err(DatabaseError::shared)
    }

    /// What was announced of a payment, oldest first.
    pub(crate) async fn events(&self, payment: Uuid) -> Result<Vec<payment_events::Model>, Fault> {
        self.events
            .load(payment)
            .await
            .map_err(DatabaseError::shared)
    }
}

impl BatchFn<Uuid, Batch<Option<Stored>>> for PaymentsById {
    async fn load(&mut self, keys: &[Uuid]) -> HashMap<Uuid, Batch<Option<Stored>>> {
        let loaded = payments::load_many(&self.0, keys).await;
        each(keys, loaded, |found| {
            found
                .into_iter()
                .map(|stored| (stored.snapshot().id, Some(stored)))
                .collect()
        })
    }
}

impl BatchFn<Uuid, Batch<Option<Stored>>> for PaymentsByOrder {
    async fn load(&mut self, keys: &[Uuid]) -> HashMap<Uuid, Batch<Option<Stored>>> {
        let loaded = payments::load_many_by_order(&self.0, keys).await;
        each(keys, loaded, |found| {
            found
                .into_iter()
                .map(|stored| (stored.snapshot().order_id, Some(stored)))
                .collect()
        })
    }
}

impl BatchFn<Uuid, Batch<Vec<attempts::Model>>> for Attempts {
    async fn load(&mut self, keys: &[Uuid]) -> HashMap<Uuid, Batch<Vec<attempts::Model>>> {
        let loaded = history::attempts_of(self.0.read(), keys).await;
        each(keys, loaded, |rows| {
            group(rows.into_iter().map(|row| (row.payment_id, row)))
        })
    }
}

impl BatchFn<Uuid, Batch<Vec<refunds::Model>>> for Refunds {
    async fn load(&mut self, keys: &[Uuid]) -> HashMap<Uuid, Batch<Vec<refunds::Model>>> {
        let loaded = history::refunds_of(self.0.read(), keys).await;
        each(keys, loaded, |rows| {
            group(rows.into_iter().map(|row| (row.payment_id, row)))
        })
    }
}

impl BatchFn<Uuid, Batch<Vec<payment_events::Model>>> for Events {
    async fn load(&mut self, keys: &[Uuid]) -> HashMap<Uuid, Batch<Vec<payment_events::Model>>> {
        let loaded = history::events_of(self.0.read(), keys).await;
        each(keys, loaded, |rows| {
            group(rows.into_iter().map(|row| (row.payment_id, row)))
        })
    }
}

fn group<T>(rows: impl Iterator<Item = (Uuid, T)>) -> HashMap<Uuid, Vec<T>> {
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
