//! Delivery inside one process.

use std::sync::Arc;

use async_trait::async_trait;
use events::Envelope;
use futures::future::try_join_all;

use crate::{Subscriber, Transport, TransportError};

/// Hands each batch to every subscriber that takes an event of it, to all at once, and waits for them.
pub struct InProcess(Vec<Arc<dyn Subscriber>>);

impl InProcess {
    /// Delivery to these subscribers.
    pub fn new(subscribers: Vec<Arc<dyn Subscriber>>) -> Self {
        Self(subscribers)
    }
}

#[async_trait]
impl Transport for InProcess {
    async fn publish(&self, batch: &[Envelope]) -> Result<(), TransportError> {
        let concerned = self
            .0
            .iter()
            .filter(|one| batch.iter().any(|event| one.takes(&event.kind)));
        try_join_all(concerned.map(|one| one.take(batch))).await?;
        Ok(())
    }
}
