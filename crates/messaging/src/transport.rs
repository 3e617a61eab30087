//! The port between the outbox and whoever is concerned.

use async_trait::async_trait;
use events::Envelope;

/// Takes events away from an outbox: in process, or to a broker.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Publishes the events in this order. Ok means that every one is durable on the other side; after an error any part
    /// of them may be, and all are published again.
    async fn publish(&self, batch: &[Envelope]) -> Result<(), TransportError>;
}

/// Takes events in: a receiver with its inbox, or a reader with a watermark of its own.
#[async_trait]
pub trait Subscriber: Send + Sync {
    /// Its name in logs.
    fn name(&self) -> &str;

    /// Whether it is concerned with this type of event.
    fn takes(&self, kind: &str) -> bool;

    /// Takes the events in; those of types it does not take are passed over. Ok means that they are durable here. The
    /// same event may come again.
    async fn take(&self, batch: &[Envelope]) -> Result<(), TransportError>;

    /// Told of a message that is no event, as it came, and of what is wrong with it. A receiver keeps it as a dead letter.
    async fn refuse(&self, _letter: &Envelope, _reason: &str) -> Result<(), TransportError> {
        Ok(())
    }
}

/// Events could not be handed over; they will be tried again.
#[derive(Debug, thiserror::Error)]
#[error("{to} did not take the events: {source}")]
pub struct TransportError {
    /// Who did not take them.
    pub to: String,
    /// Why.
    pub source: Box<dyn std::error::Error + Send + Sync>,
}
