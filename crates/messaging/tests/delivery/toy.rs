//! Two toy subgraphs: one announces steps of accounts, the other writes them down.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use clock::Clock;
use database::{Database, DatabaseError, Tx};
use events::{Envelope, Event};
use messaging::{
    Handler, HandlerError, InProcess, MessagingConfig, Metrics, Receiver, Relay, Subscriber,
    Transport, TransportError, outbox,
};
use sea_orm::{ConnectionTrait, DbBackend};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Stepped {
    pub(crate) number: i64,
}

impl Event for Stepped {
    const TYPE: &'static str = "account.stepped.v1";
    const TOPIC: &'static str = "toys.accounts";
}

/// A database of its own in a folder of its own.
pub(crate) async fn database(folder: &TempDir, name: &str) -> Database {
    let database = open(folder, name).await;
    let numbered = match database.backend() {
        DbBackend::Postgres => "BIGSERIAL PRIMARY KEY",
        _ => "INTEGER PRIMARY KEY AUTOINCREMENT",
    };
    let table = &format!(
        "CREATE TABLE effects (id {numbered}, handler TEXT NOT NULL, aggregate TEXT NOT NULL, \
         sequence BIGINT NOT NULL)"
    );
    database
        .write(|tx| async move {
            tx.execute_unprepared(table).await?;
            Ok::<_, DatabaseError>(())
        })
        .await
        .unwrap();
    database
}

/// The same database once more, as another process would open it.
pub(crate) async fn open(folder: &TempDir, name: &str) -> Database {
    let config = testkit::database_in::<migrations::Users>(folder.path(), name).await;
    Database::connect(&config, Clock::system()).await.unwrap()
}

/// Tiny pauses, so that nothing waits in a test.
pub(crate) fn config() -> MessagingConfig {
    MessagingConfig {
        poll_ms: 5,
        delete_after_ms: 20,
        retry_base_ms: 1,
        retry_cap_ms: 4,
        max_attempts: 8,
        ..MessagingConfig::default()
    }
}

pub(crate) fn metrics() -> Metrics {
    Metrics::new(&telemetry::Registry::new(), "toys").unwrap()
}

pub(crate) fn step(aggregate_id: Uuid, sequence: i64) -> Envelope {
    Envelope::of(
        &Clock::system(),
        aggregate_id,
        sequence,
        &Stepped { number: sequence },
    )
    .unwrap()
}

/// Appends events in one transaction.
pub(crate) async fn announce(database: &Database, events: &[Envelope]) {
    database
        .write(|tx| async move { outbox::append(&tx, events.to_vec()).await })
        .await
        .unwrap();
}

/// What an event does in a [`Writer`].
pub(crate) type Fails = Box<dyn Fn(&Envelope) -> Result<(), HandlerError> + Send + Sync>;

/// Writes each event down; fails when it is told to, after it has written.
pub(crate) struct Writer {
    pub(crate) name: &'static str,
    pub(crate) lane: &'static str,
    pub(crate) fails: Fails,
}

impl Writer {
    pub(crate) fn sound(name: &'static str) -> Box<dyn Handler> {
        Self::failing(name, |_| Ok(()))
    }

    pub(crate) fn failing(
        name: &'static str,
        fails: impl Fn(&Envelope) -> Result<(), HandlerError> + Send + Sync + 'static,
    ) -> Box<dyn Handler> {
        Box::new(Self {
            name,
            lane: name,
            fails: Box::new(fails),
        })
    }
}

#[async_trait]
impl Handler for Writer {
    fn name(&self) -> &'static str {
        self.name
    }
    fn event_type(&self) -> &'static str {
        Stepped::TYPE
    }
    fn lane(&self) -> &'static str {
        self.lane
    }
    async fn handle(&self, tx: &Tx, event: &Envelope) -> Result<(), HandlerError> {
        let step: Stepped = event.parse()?;
        tx.execute_unprepared(&format!(
            "INSERT INTO effects (handler, aggregate, sequence) VALUES ('{}', '{}', {})",
            self.name, event.aggregate_id, step.number
        ))
        .await?;
        (self.fails)(event)
    }
}

/// An error that counts down: fails `times` times, then works.
pub(crate) fn fails_times(times: u32) -> impl Fn() -> Result<(), HandlerError> {
    let left = AtomicU32::new(times);
    move || {
        let failing = left
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1))
            .is_ok();
        if failing {
            Err(HandlerError::retry("not yet"))
        } else {
            Ok(())
        }
    }
}

pub(crate) fn receiver(database: &Database, handlers: Vec<Box<dyn Handler>>) -> Arc<Receiver> {
    Arc::new(Receiver::new(
        database.clone(),
        handlers,
        Clock::system(),
        config(),
        metrics(),
    ))
}

/// The effects of a handler in the order in which they came about.
pub(crate) async fn effects(database: &Database, handler: &str) -> Vec<(Uuid, i64)> {
    let query = sea_orm::Statement::from_string(
        database.backend(),
        format!("SELECT aggregate, sequence FROM effects WHERE handler = '{handler}' ORDER BY id"),
    );
    let rows = database.read().query_all_raw(query).await.unwrap();
    rows.iter()
        .map(|row| {
            let aggregate: String = row.try_get("", "aggregate").unwrap();
            (
                aggregate.parse().unwrap(),
                row.try_get("", "sequence").unwrap(),
            )
        })
        .collect()
}

/// The effects by aggregate, each with its sequence numbers in the order in which they came about.
pub(crate) fn by_aggregate(effects: &[(Uuid, i64)]) -> HashMap<Uuid, Vec<i64>> {
    let mut all: HashMap<Uuid, Vec<i64>> = HashMap::new();
    for (aggregate, sequence) in effects {
        all.entry(*aggregate).or_default().push(*sequence);
    }
    all
}

/// Waits until the condition holds; fails after ten seconds.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, condition: impl Fn() -> F) {
    let deadline = tokio::time::Instant::now() + Duration::from_mins(1);
    while !condition().await {
        assert!(
            tokio::time::Instant::now() < deadline,
            "waited in vain: {what}"
        );
        // Between two looks at the condition.
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// A task that ends with the test.
pub(crate) struct Running {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Running {
    pub(crate) fn relay(relay: Relay) -> Self {
        let stop = CancellationToken::new();
        let task = tokio::spawn(relay.run(stop.clone()));
        Self { stop, task }
    }

    pub(crate) fn retries(receiver: &Arc<Receiver>) -> Self {
        let stop = CancellationToken::new();
        let (receiver, token) = (Arc::clone(receiver), stop.clone());
        let task = tokio::spawn(async move { receiver.run(token).await });
        Self { stop, task }
    }

    /// Ends it as SIGTERM would.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        self.task.await.unwrap();
    }

    /// Ends it as kill -9 would: wherever it is.
    pub(crate) async fn kill(self) {
        self.task.abort();
        let _ = self.task.await;
    }
}

pub(crate) fn relay(database: &Database, transport: Arc<dyn Transport>) -> Relay {
    Relay::new(
        database.clone(),
        transport,
        Clock::system(),
        config(),
        metrics(),
    )
}

pub(crate) fn in_process(receiver: &Arc<Receiver>) -> Arc<InProcess> {
    let subscriber: Arc<dyn Subscriber> = Arc::<Receiver>::clone(receiver);
    Arc::new(InProcess::new(vec![subscriber]))
}

/// A transport that remembers what it was handed and by whom.
#[derive(Clone, Default)]
pub(crate) struct Tape(pub(crate) Arc<Mutex<Vec<(&'static str, Envelope)>>>);

/// One relay's end of a [`Tape`].
pub(crate) struct Recorder(pub(crate) &'static str, pub(crate) Tape);

#[async_trait]
impl Transport for Recorder {
    async fn publish(&self, batch: &[Envelope]) -> Result<(), TransportError> {
        for event in batch {
            self.1.0.lock().unwrap().push((self.0, event.clone()));
            tokio::task::yield_now().await;
        }
        Ok(())
    }
}
