//! Hands batches to those concerned, and does not give up.

use std::{sync::Arc, time::Duration};

use futures::future::try_join_all;

use super::{
    intake::{Batch, Intake},
    metrics::KafkaMetrics,
};
use crate::{Subscriber, TransportError};

const PAUSE: Duration = Duration::from_millis(50);
const PAUSE_CAP: Duration = Duration::from_secs(5);

/// Takes the batches of one lane until the intake is closed.
pub(super) struct Worker {
    pub(super) lane: usize,
    pub(super) group: Arc<str>,
    pub(super) intake: Arc<Intake>,
    pub(super) subscribers: Vec<Arc<dyn Subscriber>>,
    pub(super) metrics: KafkaMetrics,
}

impl Worker {
    pub(super) async fn run(self) {
        let sizes = self.metrics.batch.with([&self.group]);
        while let Some(mut batch) = self.intake.next(self.lane).await {
            if !batch.events.is_empty() {
                // A batch has thousands of events at most.
                sizes.observe(f64::from(
                    u32::try_from(batch.events.len()).unwrap_or(u32::MAX),
                ));
            }
            if self.deliver(&mut batch).await {
                self.intake.finish(self.lane, batch);
            }
        }
    }

    /// True when the batch has taken effect; false when its partitions went before it did.
    async fn deliver(&self, batch: &mut Batch) -> bool {
        let mut failures = 0;
        loop {
            let Err(error) = self.take(batch).await else {
                return true;
            };
            failures += 1;
            let pause = (PAUSE * (1 << failures.min(8))).min(PAUSE_CAP);
            tracing::warn!(
                group = &*self.group,
                error = %error,
                events = batch.events.len(),
                retry.pause_ms = pause.as_millis(),
                "could not take events from kafka: they will be tried again"
            );
            self.metrics.retries.with([&self.group]).inc();
            if !self.intake.pause(self.lane, batch, pause).await {
                return false;
            }
        }
    }

    async fn take(&self, batch: &Batch) -> Result<(), TransportError> {
        for (letter, reason) in &batch.letters {
            for subscriber in &self.subscribers {
                subscriber.refuse(letter, reason).await?;
            }
        }
        let concerned = self
            .subscribers
            .iter()
            .filter(|one| batch.events.iter().any(|event| one.takes(&event.kind)));
        try_join_all(concerned.map(|one| one.take(&batch.events))).await?;
        Ok(())
    }
}
