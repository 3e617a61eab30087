//! The port that consumers implement.

use async_trait::async_trait;
use database::{DatabaseError, Tx};
use events::{Envelope, EventError};

type Source = Box<dyn std::error::Error + Send + Sync>;

/// Reacts to one type of event. The receiver calls it in a transaction of the consumer's database, records the event in
/// the inbox and commits; several events may share the transaction. A repeated event never reaches it.
#[async_trait]
pub trait Handler: Send + Sync {
    /// Its name in logs, metrics and dead letters: `<subgraph>.<event, with underscores>`.
    fn name(&self) -> &'static str;

    /// The type of event it takes, such as `order.placed.v1`.
    fn event_type(&self) -> &'static str;

    /// Changes what the event asks for, within `tx`. An error undoes the event's changes.
    async fn handle(&self, tx: &Tx, event: &Envelope) -> Result<(), HandlerError>;
}

/// Why a handler could not take an event.
#[derive(Debug, thiserror::Error)]
pub enum HandlerError {
    /// It may succeed later: try again after a while.
    #[error("to be tried again: {0}")]
    Retry(Source),
    /// It will never succeed: park it at once, for people to look at.
    #[error("parked: {0}")]
    Park(Source),
}

impl HandlerError {
    /// An error that may pass.
    pub fn retry(source: impl Into<Source>) -> Self {
        Self::Retry(source.into())
    }

    /// An error that stays.
    pub fn park(source: impl Into<Source>) -> Self {
        Self::Park(source.into())
    }
}

impl From<DatabaseError> for HandlerError {
    fn from(error: DatabaseError) -> Self {
        Self::Retry(error.into())
    }
}

impl From<EventError> for HandlerError {
    fn from(error: EventError) -> Self {
        Self::Park(error.into())
    }
}
