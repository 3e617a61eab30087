//! What a subgraph does about an event.

use async_trait::async_trait;
use database::{DatabaseError, Tx};
use events::{Envelope, EventError};
use sea_orm::DbErr;

/// What a subgraph does about one type of event.
///
/// The receiver has made sure that the event is new, and commits what `handle` writes together with the record that it
/// was handled; other events may share the transaction. Inside, nothing is awaited but SQL.
#[async_trait]
pub trait Handler: Send + Sync {
    /// Its name in metrics, logs and dead letters, such as `products.reserve_stock`; never changed, since held events
    /// find their handler by it.
    fn name(&self) -> &'static str;

    /// The type of event it takes, such as `order.placed.v1`.
    fn event_type(&self) -> &'static str;

    /// The lane it works in. In each lane the events of an aggregate are handled in order, whatever their types: while
    /// one is retried or parked, later ones wait. Handlers that need not wait for one another name different lanes.
    fn lane(&self) -> &'static str {
        "main"
    }

    /// Called before any event of a transaction is handled, with all of them, those of other types too. Whoever handles
    /// events that change several shared rows locks these rows here in one order: replicas that handle the same
    /// events in different orders then wait for each other in place of meeting in a deadlock.
    async fn prepare(&self, _tx: &Tx, _events: &[&Envelope]) -> Result<(), DatabaseError> {
        Ok(())
    }

    /// Handles the event.
    async fn handle(&self, tx: &Tx, event: &Envelope) -> Result<(), HandlerError>;
}

/// Why an event could not be handled.
#[derive(Debug, thiserror::Error)]
pub enum HandlerError {
    /// It may work later: tried again, with growing pauses.
    #[error("{0}")]
    Retry(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It cannot work: parked at once.
    #[error("{0}")]
    Park(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl HandlerError {
    /// An error that may pass.
    pub fn retry(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Retry(source.into())
    }

    /// An error that stays until someone acts.
    pub fn park(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Park(source.into())
    }
}

impl From<DatabaseError> for HandlerError {
    fn from(error: DatabaseError) -> Self {
        Self::retry(error)
    }
}

impl From<DbErr> for HandlerError {
    fn from(error: DbErr) -> Self {
        Self::retry(error)
    }
}

impl From<EventError> for HandlerError {
    fn from(error: EventError) -> Self {
        Self::park(error)
    }
}
