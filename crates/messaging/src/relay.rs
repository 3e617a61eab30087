//! Carries events from an outbox to the transport.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use clock::Clock;
use database::{Database, DatabaseError};
use events::Envelope;
use sea_orm::DbBackend;
use tokio_util::sync::CancellationToken;

use crate::{MessagingConfig, Metrics, Transport, TransportError, lease::Leases, outbox};

const PAUSE_CAP: Duration = Duration::from_secs(5);

/// Publishes the outbox of one database: in order per aggregate, each event at least once, woken by commits.
pub struct Relay {
    database: Database,
    transport: Arc<dyn Transport>,
    clock: Clock,
    config: MessagingConfig,
    metrics: Metrics,
    owner: String,
}

/// Why a round of the relay failed.
#[derive(Debug, thiserror::Error)]
enum RoundError {
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error(transparent)]
    Transport(#[from] TransportError),
}

/// Events that were published and still lie in the outbox.
#[derive(Default)]
struct Delivered {
    ids: Vec<i64>,
    since: Option<Instant>,
    /// When a long outbox was counted last.
    counted: Option<Instant>,
}

impl Delivered {
    /// They are deleted.
    fn clear(&mut self) {
        self.ids.clear();
        self.since = None;
    }
}

/// Between two counts of a long outbox.
const COUNT_EVERY: Duration = Duration::from_secs(1);

impl Relay {
    /// A relay for this outbox.
    pub fn new(
        database: Database,
        transport: Arc<dyn Transport>,
        clock: Clock,
        config: MessagingConfig,
        metrics: Metrics,
    ) -> Self {
        // An SQLite file has one process, and its next one need not wait for the lease of the one before.
        let owner = match database.backend() {
            DbBackend::Sqlite => "embedded".to_owned(),
            _ => clock.id().to_string(),
        };
        Self {
            database,
            transport,
            clock,
            config,
            metrics,
            owner,
        }
    }

    /// The same relay with its leases under another name. Two relays of one name do not keep apart.
    #[must_use]
    pub fn owned_by(mut self, owner: impl Into<String>) -> Self {
        self.owner = owner.into();
        self
    }

    /// Publishes until `stop` is cancelled; then finishes the batch at hand, and gives its shards back.
    pub async fn run(self, stop: CancellationToken) {
        tokio::select! {
            () = self.publish(stop) => {}
            () = self.database.listen() => {}
        }
    }

    async fn publish(&self, stop: CancellationToken) {
        let mut leases = Leases::new(
            self.owner.clone(),
            Duration::from_millis(self.config.lease_ms),
            self.config.poll(),
        );
        let mut delivered = Delivered::default();
        let mut failures = 0;
        while !stop.is_cancelled() {
            let pause = match self.round(&mut leases, &mut delivered).await {
                Ok(published) => {
                    failures = 0;
                    // A batch that was not full left nothing behind; what was committed since has woken this relay.
                    if published >= self.batch() {
                        continue;
                    }
                    self.idle(&delivered)
                }
                Err(error) => {
                    failures += 1;
                    let pause = (Duration::from_millis(50) * (1 << failures.min(8))).min(PAUSE_CAP);
                    tracing::warn!(
                        subgraph = self.metrics.subgraph,
                        error = %error,
                        retry.pause_ms = pause.as_millis(),
                        "could not publish events"
                    );
                    pause
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.database.wakes().notified(), if failures == 0 => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
        let ended = async {
            self.forget(&mut delivered).await?;
            leases.release(&self.database).await
        };
        if let Err(error) = ended.await {
            tracing::warn!(subgraph = self.metrics.subgraph, error = %error, "relay could not clean up");
        }
    }

    /// How many events are published at once.
    fn batch(&self) -> u64 {
        u64::from(self.config.publish_batch.max(1))
    }

    /// Publishes one batch; tells how many events.
    async fn round(
        &self,
        leases: &mut Leases,
        delivered: &mut Delivered,
    ) -> Result<u64, RoundError> {
        if leases.renew(&self.database, &delivered.ids).await? {
            delivered.clear();
        }
        if self.is_due(delivered) {
            self.forget(delivered).await?;
        }
        if leases.none() {
            return Ok(0);
        }
        let limit = self.batch();
        let pending = outbox::read(&self.database, leases.shards(), &delivered.ids, limit).await?;
        let (ids, batch): (Vec<i64>, Vec<Envelope>) =
            pending.into_iter().map(|row| (row.id, row.event)).unzip();
        self.measure(&batch, limit, delivered).await?;
        // A lease that ran out while this process stood still is asked for again before anything is published.
        if batch.is_empty() || !leases.last() {
            return Ok(0);
        }
        let subgraph = self.metrics.subgraph;
        if let Err(error) = self.transport.publish(&batch).await {
            self.metrics.batches.with([subgraph, "failed"]).inc();
            return Err(error.into());
        }
        self.metrics.batches.with([subgraph, "published"]).inc();
        let published = u64::try_from(ids.len()).unwrap_or(u64::MAX);
        self.metrics.published.with([subgraph]).inc_by(published);
        delivered.since.get_or_insert_with(Instant::now);
        delivered.ids.extend(&ids);
        Ok(published)
    }

    fn is_due(&self, delivered: &Delivered) -> bool {
        let many =
            usize::try_from(self.config.delete_batch).is_ok_and(|n| delivered.ids.len() >= n);
        let long = Duration::from_millis(self.config.delete_after_ms);
        many || delivered.since.is_some_and(|since| since.elapsed() >= long)
    }

    /// How long to wait when nothing wakes the relay.
    fn idle(&self, delivered: &Delivered) -> Duration {
        let delete_after = Duration::from_millis(self.config.delete_after_ms);
        let poll = self.config.poll();
        delivered.since.map_or(poll, |since| {
            poll.min(delete_after.saturating_sub(since.elapsed()))
        })
    }

    /// Deletes what was delivered, many events in one transaction: until then a crash only means a repetition.
    async fn forget(&self, delivered: &mut Delivered) -> Result<(), DatabaseError> {
        if !delivered.ids.is_empty() {
            let ids = &delivered.ids;
            self.database
                .write(|tx| async move { outbox::delete(&tx, ids.iter().copied()).await })
                .await?;
        }
        delivered.clear();
        Ok(())
    }

    async fn measure(
        &self,
        batch: &[Envelope],
        limit: u64,
        delivered: &mut Delivered,
    ) -> Result<(), DatabaseError> {
        let mut pending = u64::try_from(batch.len()).unwrap_or(u64::MAX);
        if pending >= limit {
            if delivered
                .counted
                .is_some_and(|counted| counted.elapsed() < COUNT_EVERY)
            {
                return Ok(());
            }
            delivered.counted = Some(Instant::now());
            let known = u64::try_from(delivered.ids.len()).unwrap_or(u64::MAX);
            pending = outbox::lag(self.database.read())
                .await?
                .pending
                .saturating_sub(known);
        }
        let age = batch
            .first()
            .map_or(Duration::ZERO, |event| self.clock.now().since(event.time));
        let subgraph = [self.metrics.subgraph];
        let gauge = |value: u128| i64::try_from(value).unwrap_or(i64::MAX);
        self.metrics
            .pending
            .with(subgraph)
            .set(gauge(pending.into()));
        self.metrics
            .oldest_ms
            .with(subgraph)
            .set(gauge(age.as_millis()));
        Ok(())
    }
}
