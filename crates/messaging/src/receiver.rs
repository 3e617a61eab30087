//! The consumer side: each event takes effect once, in its aggregate's order.

use std::{collections::HashMap, panic::AssertUnwindSafe, time::Duration};

use async_trait::async_trait;
use clock::Clock;
use database::{Database, DatabaseError, Tx};
use events::Envelope;
use futures::FutureExt;
use telemetry::TraceContext;
use tokio::sync::Notify;

use crate::{
    Handler, HandlerError, MessagingConfig, Metrics, Subscriber, TransportError,
    held::{self, Hold},
    inbox::{self, Verdict},
};

/// Receives events for the handlers of one subgraph, whatever transport brings them.
pub struct Receiver {
    pub(crate) database: Database,
    handlers: Vec<Box<dyn Handler>>,
    by_kind: HashMap<&'static str, Vec<usize>>,
    pub(crate) clock: Clock,
    pub(crate) config: MessagingConfig,
    pub(crate) metrics: Metrics,
    pub(crate) held: Notify,
}

/// What became of an event for a handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Applied,
    Duplicate,
    Queued,
    Retried,
    Parked,
}

/// Why a transaction of received events was rolled back.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failed {
    #[error("{error}")]
    Handler { handler: usize, error: HandlerError },
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// Handlers that failed for an event, each with its error.
type Failures = [(usize, HandlerError)];

impl Receiver {
    /// A receiver for these handlers.
    pub fn new(
        database: Database,
        handlers: Vec<Box<dyn Handler>>,
        clock: Clock,
        config: MessagingConfig,
        metrics: Metrics,
    ) -> Self {
        let mut by_kind: HashMap<_, Vec<_>> = HashMap::new();
        for (index, handler) in handlers.iter().enumerate() {
            by_kind.entry(handler.event_type()).or_default().push(index);
        }
        Self {
            database,
            handlers,
            by_kind,
            clock,
            config,
            metrics,
            held: Notify::new(),
        }
    }

    /// Receives events; on return each has taken effect or is held back for the handlers that failed. Fails only when
    /// the database does; then they are to be delivered again.
    pub async fn receive(&self, events: &[Envelope]) -> Result<(), DatabaseError> {
        let taken: Vec<&Envelope> = events.iter().filter(|e| self.takes(&e.kind)).collect();
        let size = usize::try_from(self.config.receive_batch.max(1)).unwrap_or(1);
        for batch in taken.chunks(size) {
            let Err(failed) = self.transact(batch, &[]).await else {
                continue;
            };
            if let [event] = batch {
                self.receive_alone(event, Some(failed)).await?;
                continue;
            }
            for event in batch {
                self.receive_alone(event, None).await?;
            }
        }
        Ok(())
    }

    /// Receives one event: first as if all goes well, then without the handlers that failed.
    async fn receive_alone(
        &self,
        event: &Envelope,
        mut failed: Option<Failed>,
    ) -> Result<(), DatabaseError> {
        let mut failures = Vec::new();
        loop {
            match failed {
                None => {}
                Some(Failed::Handler { handler, error }) => failures.push((handler, error)),
                Some(Failed::Database(error)) => {
                    // It may be a handler's doing that shows at the commit. If it is not, holding it fails as well.
                    let spared: Vec<usize> = self
                        .taking(&event.kind)
                        .filter(|index| failures.iter().all(|(failing, _)| failing != index))
                        .collect();
                    if spared.is_empty() {
                        return Err(error);
                    }
                    let text = error.to_string();
                    let same = |index| (index, HandlerError::retry(text.clone()));
                    failures.extend(spared.into_iter().map(same));
                }
            }
            match self.transact(&[event], &failures).await {
                Ok(()) => return Ok(()),
                Err(error) => failed = Some(error),
            }
        }
    }

    async fn transact(&self, events: &[&Envelope], failures: &Failures) -> Result<(), Failed> {
        let outcomes = self
            .database
            .write(|tx| async move { self.apply(&tx, events, failures).await })
            .await?;
        let mut any_held = false;
        for (handler, event, outcome) in outcomes {
            any_held |= matches!(outcome, Outcome::Queued | Outcome::Retried);
            self.count(self.handlers[handler].name(), event, outcome);
        }
        if any_held {
            self.held.notify_one();
        }
        Ok(())
    }

    async fn apply<'a>(
        &self,
        tx: &Tx,
        events: &[&'a Envelope],
        failures: &Failures,
    ) -> Result<Vec<(usize, &'a Envelope, Outcome)>, Failed> {
        let mut known = inbox::look(tx, events).await?;
        if events.len() > 1 {
            for handler in &self.handlers {
                handler.prepare(tx, events).await?;
            }
        }
        let mut outcomes = Vec::with_capacity(events.len());
        let mut received = Vec::with_capacity(events.len());
        let mut holds: Vec<Hold<'_>> = Vec::new();
        for &event in events {
            let verdict = known.judge(event);
            for index in self.taking(&event.kind) {
                let handler = self.handlers[index].as_ref();
                let hold = match verdict {
                    Verdict::Duplicate => None,
                    Verdict::OutOfOrder { .. } if known.is_held(handler.name(), event) => None,
                    Verdict::OutOfOrder { after } => Some(self.misplaced(handler, event, after)),
                    Verdict::Next => {
                        let failure = failures.iter().find(|(failed, _)| *failed == index);
                        match (known.held(handler.lane(), event), failure) {
                            (Some(parked), _) => Some(behind(handler, event, parked)),
                            (None, Some((_, error))) => Some(self.failing(handler, event, error)),
                            (None, None) => {
                                self.handle(handler, tx, event).await.map_err(|error| {
                                    Failed::Handler {
                                        handler: index,
                                        error,
                                    }
                                })?;
                                outcomes.push((index, event, Outcome::Applied));
                                continue;
                            }
                        }
                    }
                };
                let outcome = match &hold {
                    None => Outcome::Duplicate,
                    Some(hold) if hold.parked => Outcome::Parked,
                    Some(hold) if hold.error.is_some() => Outcome::Retried,
                    Some(_) => Outcome::Queued,
                };
                outcomes.push((index, event, outcome));
                holds.extend(hold);
            }
            // Only now: handlers of one lane do not hold back one another's share of the same event.
            for hold in holds.iter().filter(|hold| hold.event.id == event.id) {
                known.hold(hold.lane, hold.handler, event, hold.parked);
            }
            if verdict == Verdict::Next {
                known.receive(event);
                received.push(event);
            }
        }
        inbox::insert(tx, &received, self.clock.now()).await?;
        if !holds.is_empty() {
            held::insert(tx, &holds, tx.now().await?).await?;
        }
        Ok(outcomes)
    }

    /// Runs a handler as a part of the trace that caused the event. A panic is its failure and nobody else's.
    pub(crate) async fn handle(
        &self,
        handler: &dyn Handler,
        tx: &Tx,
        event: &Envelope,
    ) -> Result<(), HandlerError> {
        let span = tracing::debug_span!(
            "handle event",
            otel.kind = "consumer",
            handler = handler.name(),
            event.kind = event.kind,
            event.id = %event.id,
            aggregate.id = %event.aggregate_id,
        );
        let parent = event.traceparent.as_deref().and_then(TraceContext::parse);
        let work = AssertUnwindSafe(handler.handle(tx, event)).catch_unwind();
        telemetry::trace::follow(parent, span, work)
            .await
            .unwrap_or_else(|_| Err(HandlerError::retry("the handler panicked")))
    }

    /// The handler of this name for this type of event.
    pub(crate) fn handler(&self, name: &str, kind: &str) -> Option<&dyn Handler> {
        self.taking(kind)
            .map(|index| self.handlers[index].as_ref())
            .find(|handler| handler.name() == name)
    }

    pub(crate) fn count(&self, handler: &'static str, event: &Envelope, outcome: Outcome) {
        let subgraph = self.metrics.subgraph;
        let word = match outcome {
            Outcome::Applied => "applied",
            Outcome::Duplicate => "duplicate",
            Outcome::Queued => "queued",
            Outcome::Retried => "retried",
            Outcome::Parked => "parked",
        };
        self.metrics.handled.with([subgraph, handler, word]).inc();
        if outcome == Outcome::Applied {
            let latency = self.clock.now().since(event.time).as_secs_f64();
            self.metrics
                .latency
                .with([subgraph, handler])
                .observe(latency);
        }
    }

    fn taking(&self, kind: &str) -> impl Iterator<Item = usize> {
        self.by_kind.get(kind).into_iter().flatten().copied()
    }

    fn failing<'a>(
        &self,
        handler: &dyn Handler,
        event: &'a Envelope,
        error: &HandlerError,
    ) -> Hold<'a> {
        let parked = matches!(error, HandlerError::Park(_)) || self.config.max_attempts <= 1;
        report(handler.name(), event, 1, error, parked);
        Hold {
            lane: handler.lane(),
            handler: handler.name(),
            event,
            attempts: 1,
            pause: self.config.pause(&self.clock, 1),
            parked,
            error: Some(error.to_string()),
        }
    }

    /// An event that comes after a later one of its aggregate is never applied by itself: someone has to look.
    fn misplaced<'a>(&self, handler: &dyn Handler, event: &'a Envelope, after: i64) -> Hold<'a> {
        let error = HandlerError::park(format!(
            "event {} of the aggregate came after its event {after}: the order was broken on the way",
            event.sequence
        ));
        self.failing(handler, event, &error)
    }
}

/// An event that waits for an earlier one of its aggregate.
fn behind<'a>(handler: &dyn Handler, event: &'a Envelope, parked: bool) -> Hold<'a> {
    Hold {
        lane: handler.lane(),
        handler: handler.name(),
        event,
        attempts: 0,
        pause: Duration::ZERO,
        parked,
        error: None,
    }
}

/// Logs a failed handler, once for each try.
pub(crate) fn report(
    handler: &str,
    event: &Envelope,
    attempts: u32,
    error: &HandlerError,
    parked: bool,
) {
    if parked {
        tracing::error!(
            handler, event.kind, event.id = %event.id, aggregate.id = %event.aggregate_id, attempts, error = %error,
            "event parked: `emporium events replay` tries it again"
        );
    } else {
        tracing::warn!(
            handler, event.kind, event.id = %event.id, aggregate.id = %event.aggregate_id, attempts, error = %error,
            "event handler failed: it will be tried again"
        );
    }
}

#[async_trait]
impl Subscriber for Receiver {
    fn name(&self) -> &str {
        self.metrics.subgraph
    }

    fn takes(&self, kind: &str) -> bool {
        self.by_kind.contains_key(kind)
    }

    async fn take(&self, batch: &[Envelope]) -> Result<(), TransportError> {
        self.receive(batch).await.map_err(|error| TransportError {
            to: self.metrics.subgraph.to_owned(),
            source: error.into(),
        })
    }

    async fn refuse(&self, letter: &Envelope, reason: &str) -> Result<(), TransportError> {
        let kept = self
            .database
            .write(|tx| async move {
                if !held::is_known(&tx, letter).await? {
                    held::insert(&tx, &[Hold::letter(letter, reason)], tx.now().await?).await?;
                }
                Ok::<_, DatabaseError>(())
            })
            .await;
        kept.map_err(|error| TransportError {
            to: self.metrics.subgraph.to_owned(),
            source: error.into(),
        })
    }
}
