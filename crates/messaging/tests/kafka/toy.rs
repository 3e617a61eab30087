//! Two toy subgraphs with a cluster between them: one announces steps, the other writes them down.

use std::{
    collections::HashMap,
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use clock::Clock;
use database::{Database, DatabaseError, Tx};
use events::{Envelope, Event, orders::OrderPlaced};
use messaging::{
    Handler, HandlerError, KafkaConfig, KafkaMetrics, MessagingConfig, Metrics, Receiver, Relay,
    Subscriber, Transport,
    kafka::{Group, Producer, Topics},
    outbox,
};
use rdkafka::{
    ClientConfig,
    admin::{AdminClient, AdminOptions},
    client::DefaultClientContext,
};
use sea_orm::{ConnectionTrait, DbBackend};
use telemetry::Registry;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub(crate) const TOPIC: &str = OrderPlaced::TOPIC;
pub(crate) const GROUP: &str = "toys";

/// What an event does in the handler, after it was written down.
pub(crate) type Fails = Arc<dyn Fn(&Envelope) -> Result<(), HandlerError> + Send + Sync>;

/// A cluster's topics of this test's own, an outbox and a receiver's database.
pub(crate) struct Toy {
    pub(crate) config: KafkaConfig,
    pub(crate) registry: Registry,
    pub(crate) source: Database,
    pub(crate) sink: Database,
    _folder: TempDir,
}

/// The cluster of `tests/servers/up`, with names that no other test has.
pub(crate) fn cluster() -> Option<KafkaConfig> {
    testkit::server("EMPORIUM_TEST_KAFKA").map(|brokers| own(&brokers))
}

/// Settings for a test on these brokers.
pub(crate) fn own(brokers: &str) -> KafkaConfig {
    let prefix = format!("test-{}.", Clock::system().id().simple());
    KafkaConfig {
        brokers: brokers.to_owned(),
        topic_prefix: prefix.clone(),
        group_prefix: prefix,
        partitions: 4,
        refresh_ms: 500,
        commit_interval_ms: 100,
        statistics_ms: 100,
        ..KafkaConfig::default()
    }
}

/// Tiny pauses, so that nothing waits in a test.
pub(crate) fn messaging() -> MessagingConfig {
    MessagingConfig {
        poll_ms: 5,
        delete_after_ms: 20,
        retry_base_ms: 1,
        retry_cap_ms: 4,
        max_attempts: 3,
        ..MessagingConfig::default()
    }
}

pub(crate) async fn database(folder: &TempDir, name: &str) -> Database {
    let config = testkit::database_in::<migrations::Users>(folder.path(), name).await;
    let database = Database::connect(&config, Clock::system()).await.unwrap();
    let numbered = match database.backend() {
        DbBackend::Postgres => "BIGSERIAL PRIMARY KEY",
        _ => "INTEGER PRIMARY KEY AUTOINCREMENT",
    };
    let table = &format!(
        "CREATE TABLE effects (id {numbered}, aggregate TEXT NOT NULL, sequence BIGINT NOT NULL)"
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

impl Toy {
    /// With its topics made.
    pub(crate) async fn new(config: KafkaConfig) -> Self {
        Topics::new(&config).unwrap().create().await.unwrap();
        Self::without_topics(config).await
    }

    pub(crate) async fn without_topics(config: KafkaConfig) -> Self {
        let folder = TempDir::new().unwrap();
        Self {
            config,
            registry: Registry::new(),
            source: database(&folder, "source").await,
            sink: database(&folder, "sink").await,
            _folder: folder,
        }
    }

    pub(crate) fn metrics(&self) -> KafkaMetrics {
        KafkaMetrics::new(&self.registry).unwrap()
    }

    pub(crate) fn producer(&self) -> Arc<Producer> {
        Arc::new(Producer::new(&self.config, self.metrics()).unwrap())
    }

    /// Appends events in one transaction.
    pub(crate) async fn announce(&self, events: &[Envelope]) {
        self.source
            .write(|tx| async move { outbox::append(&tx, events.to_vec()).await })
            .await
            .unwrap();
    }

    pub(crate) fn relay(&self) -> Running {
        let transport: Arc<dyn Transport> = self.producer();
        let metrics = Metrics::new(&self.registry, "source").unwrap();
        let relay = Relay::new(
            self.source.clone(),
            transport,
            Clock::system(),
            messaging(),
            metrics,
        );
        Running::start(|stop| relay.run(stop))
    }

    pub(crate) fn receiver(&self, fails: Fails) -> Arc<Receiver> {
        Arc::new(Receiver::new(
            self.sink.clone(),
            vec![Box::new(Writer(fails))],
            Clock::system(),
            messaging(),
            Metrics::new(&self.registry, "sink").unwrap(),
        ))
    }

    /// A member of the group that writes every event down.
    pub(crate) fn member(&self) -> Running {
        self.member_of(vec![self.receiver(Arc::new(|_| Ok(())))])
    }

    pub(crate) fn member_of(&self, subscribers: Vec<Arc<dyn Subscriber>>) -> Running {
        let group = Group::new(&self.config, GROUP, subscribers, self.metrics()).unwrap();
        Running::start(|stop| group.run(stop))
    }

    /// What was written down, in the order in which it was.
    pub(crate) async fn effects(&self) -> Vec<(Uuid, i64)> {
        let query = sea_orm::Statement::from_string(
            self.sink.backend(),
            "SELECT aggregate, sequence FROM effects ORDER BY id",
        );
        let rows = self.sink.read().query_all_raw(query).await.unwrap();
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

    /// Waits until this many events were written down.
    pub(crate) async fn until_effects(&self, count: usize) {
        until("effects", async || self.effects().await.len() >= count).await;
    }

    /// Each aggregate's events took effect once and in order, from 1 to `last`.
    pub(crate) async fn assert_once_in_order(&self, aggregates: &[Uuid], last: i64) {
        let mut found: HashMap<Uuid, Vec<i64>> = HashMap::new();
        for (aggregate, sequence) in self.effects().await {
            found.entry(aggregate).or_default().push(sequence);
        }
        for aggregate in aggregates {
            let expected: Vec<i64> = (1..=last).collect();
            assert_eq!(found.remove(aggregate), Some(expected), "{aggregate}");
        }
        assert_eq!(found.len(), 0, "nothing else took effect");
    }

    /// Waits until the group has committed all that is in the topics.
    pub(crate) async fn until_no_lag(&self) {
        until("no lag", async || self.lag().await == 0).await;
    }

    /// How many events the group has not committed.
    pub(crate) async fn lag(&self) -> u64 {
        let topics = Topics::new(&self.config).unwrap();
        let lag = topics.lag(GROUP, |kind| kind == OrderPlaced::TYPE).await;
        lag.unwrap()
    }

    /// The value of a metric, by the beginning of its line.
    pub(crate) fn measured(&self, line: &str) -> Option<f64> {
        let text = self.registry.render().unwrap();
        let found = text.lines().find_map(|one| one.strip_prefix(line))?;
        found.rsplit(' ').next()?.parse().ok()
    }

    /// Deletes the topics.
    pub(crate) async fn end(self) {
        self.end_at(&self.config.brokers).await;
    }

    /// The same through another port of the brokers.
    pub(crate) async fn end_at(&self, brokers: &str) {
        let admin: AdminClient<DefaultClientContext> = ClientConfig::new()
            .set("bootstrap.servers", brokers)
            .create()
            .unwrap();
        let names = events::TOPICS.map(|topic| self.config.topic(topic));
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let _ = admin.delete_topics(&names, &AdminOptions::new()).await;
    }
}

struct Writer(Fails);

#[async_trait]
impl Handler for Writer {
    fn name(&self) -> &'static str {
        "toys.write"
    }
    fn event_type(&self) -> &'static str {
        OrderPlaced::TYPE
    }
    async fn handle(&self, tx: &Tx, event: &Envelope) -> Result<(), HandlerError> {
        tx.execute_unprepared(&format!(
            "INSERT INTO effects (aggregate, sequence) VALUES ('{}', {})",
            event.aggregate_id, event.sequence
        ))
        .await?;
        (self.0)(event)
    }
}

pub(crate) fn step(aggregate_id: Uuid, sequence: i64) -> Envelope {
    let clock = Clock::system();
    Envelope {
        id: clock.id(),
        kind: OrderPlaced::TYPE.to_owned(),
        topic: TOPIC.to_owned(),
        aggregate_id,
        sequence,
        time: clock.now(),
        traceparent: Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned()),
        data: serde_json::json!({"step": sequence}),
    }
}

pub(crate) fn aggregates(count: usize) -> Vec<Uuid> {
    std::iter::repeat_with(|| Clock::system().id())
        .take(count)
        .collect()
}

/// One event of each aggregate, with this number.
pub(crate) fn round(aggregates: &[Uuid], sequence: i64) -> Vec<Envelope> {
    aggregates.iter().map(|id| step(*id, sequence)).collect()
}

/// Waits until the condition holds; fails after a minute.
pub(crate) async fn until(what: &str, condition: impl AsyncFn() -> bool) {
    let began = Instant::now();
    while !condition().await {
        assert!(
            began.elapsed() < Duration::from_mins(1),
            "waited in vain: {what}"
        );
        testkit::pause(began).await;
    }
}

/// A task that ends with the test.
pub(crate) struct Running {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Running {
    pub(crate) fn start<F: Future<Output = ()> + Send + 'static>(
        run: impl FnOnce(CancellationToken) -> F,
    ) -> Self {
        let stop = CancellationToken::new();
        let task = tokio::spawn(run(stop.clone()));
        Self { stop, task }
    }

    /// Ends it as SIGTERM would.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        self.task.await.unwrap();
    }
}

/// Servers of this test's own, which it may kill.
pub(crate) struct Servers(TempDir);

impl Servers {
    /// Starts Kafka; gives the address of its brokers.
    pub(crate) fn kafka() -> (Self, String) {
        let servers = Self(TempDir::new().unwrap());
        let printed = servers.run("up", &["kafka"]);
        let brokers = printed
            .lines()
            .find_map(|line| line.strip_prefix("EMPORIUM_TEST_KAFKA="));
        let brokers = brokers.unwrap().to_owned();
        (servers, brokers)
    }

    /// Adds a line to the broker's settings and starts it again.
    pub(crate) fn set(&self, line: &str) {
        let file = self.0.path().join("kafka/server.properties");
        let mut settings = std::fs::read_to_string(&file).unwrap();
        settings.extend([line, "\n"]);
        std::fs::write(&file, settings).unwrap();
        self.one("restart");
    }

    /// Does something to the broker: `kill`, `start`, `wait`.
    pub(crate) fn one(&self, verb: &str) {
        self.run("one", &[verb, "kafka"]);
    }

    fn run(&self, script: &str, arguments: &[&str]) -> String {
        let scripts = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/servers");
        let output = Command::new(format!("{scripts}/{script}"))
            .args(arguments)
            .arg("--folder")
            .arg(self.0.path())
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{script} {arguments:?}: {told}");
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        self.run("down", &[]);
    }
}
