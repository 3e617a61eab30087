//! Tries held events again when they are due.

use std::time::{Duration, Instant};

use database::DatabaseError;
use tokio_util::sync::CancellationToken;

use crate::{
    HandlerError, Receiver,
    held::{self, Head},
    inbox,
    receiver::{Failed, Outcome, report},
};

const PRUNE_EVERY: Duration = Duration::from_hours(1);

impl Receiver {
    /// Tries held events again and clears out the inbox, until `stop` is cancelled.
    pub async fn run(&self, stop: CancellationToken) {
        let mut pruned: Option<Instant> = None;
        while !stop.is_cancelled() {
            let mut pause = self.config.poll();
            match self.retry().await {
                Ok(Some(wait)) => pause = pause.min(wait),
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!(subgraph = self.metrics.subgraph, error = %error, "could not retry held events");
                }
            }
            if pruned.is_none_or(|at| at.elapsed() >= PRUNE_EVERY) {
                pruned = Some(Instant::now());
                let age = Duration::from_hours(24) * self.config.inbox_days;
                if let Err(error) = inbox::prune(&self.database, self.clock.now(), age).await {
                    tracing::warn!(subgraph = self.metrics.subgraph, error = %error, "could not clear out the inbox");
                }
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.held.notified() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Tries every event that is due, until none is; tells how long the next one waits.
    async fn retry(&self) -> Result<Option<Duration>, DatabaseError> {
        loop {
            let heads = held::heads(self.database.read()).await?;
            let mut tried = false;
            for head in heads.iter().filter(|head| head.wait.is_zero()) {
                self.retry_one(head).await?;
                tried = true;
            }
            let (waiting, parked) = held::counts(self.database.read()).await?;
            let subgraph = self.metrics.subgraph;
            self.metrics.held.with([subgraph, "waiting"]).set(waiting);
            self.metrics.held.with([subgraph, "parked"]).set(parked);
            if !tried {
                let next = heads.first().map(|head| head.wait);
                let heads = i64::try_from(heads.len()).unwrap_or(i64::MAX);
                if parked > 0 && waiting > heads {
                    self.database
                        .write(|tx| async move { held::park_behind(&tx).await })
                        .await?;
                }
                return Ok(next);
            }
        }
    }

    async fn retry_one(&self, head: &Head) -> Result<(), DatabaseError> {
        let Some(handler) = self.handler(&head.handler, &head.event.kind) else {
            let error = HandlerError::park("this version of the shop has no such handler");
            return self.postpone(head, &error).await;
        };
        let tried = self
            .database
            .write(|tx| async move {
                let ours = held::release(&tx, head).await?;
                if ours {
                    self.handle(handler, &tx, &head.event)
                        .await
                        .map_err(|error| Failed::Handler { handler: 0, error })?;
                }
                Ok::<_, Failed>(ours)
            })
            .await;
        match tried {
            Ok(true) => self.count(handler.name(), &head.event, Outcome::Applied),
            Ok(false) => {}
            Err(Failed::Handler { error, .. }) => {
                let parked = self.is_last(head, &error);
                self.postpone(head, &error).await?;
                let outcome = if parked {
                    Outcome::Parked
                } else {
                    Outcome::Retried
                };
                self.count(handler.name(), &head.event, outcome);
            }
            // It may be the handler's doing that shows at the commit. If it is not, this fails as well.
            Err(Failed::Database(error)) => {
                self.postpone(head, &HandlerError::retry(error)).await?;
            }
        }
        Ok(())
    }

    async fn postpone(&self, head: &Head, error: &HandlerError) -> Result<(), DatabaseError> {
        let attempts = head.attempts.saturating_add(1);
        let parked = self.is_last(head, error);
        report(&head.handler, &head.event, attempts, error, parked);
        let pause = self.config.pause(&self.clock, attempts);
        let text = &error.to_string();
        self.database
            .write(|tx| async move { held::postpone(&tx, head, pause, text, parked).await })
            .await
    }

    fn is_last(&self, head: &Head, error: &HandlerError) -> bool {
        matches!(error, HandlerError::Park(_))
            || head.attempts.saturating_add(1) >= self.config.max_attempts
    }
}
