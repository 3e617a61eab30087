//! The whole way of an event: outbox, relay, receiver, handler; in process and, where `EMPORIUM_TEST_KAFKA` names a broker,
//! through Kafka.
#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]

use std::{
    hint::black_box,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use clock::Clock;
use criterion::{
    BatchSize, BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main,
    measurement::WallTime,
};
use database::{Database, Tx};
use events::{Envelope, Event, orders::OrderPlaced};
use messaging::{
    Handler, HandlerError, InProcess, KafkaConfig, KafkaMetrics, MessagingConfig, Metrics,
    Receiver, Relay, Subscriber, Transport,
    kafka::{Group, Producer, Topics},
    outbox,
};
use migrations::MigratorTrait;
use sea_orm::ConnectionTrait;
use tokio::{runtime::Runtime, sync::Notify};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const EVENTS: u64 = 2_000;

/// Writes one row for each event, as most handlers do.
struct Ledger {
    handled: Arc<AtomicU64>,
    done: Arc<Notify>,
}

#[async_trait]
impl Handler for Ledger {
    fn name(&self) -> &'static str {
        "bench.ledger"
    }
    fn event_type(&self) -> &'static str {
        OrderPlaced::TYPE
    }
    async fn handle(&self, tx: &Tx, event: &Envelope) -> Result<(), HandlerError> {
        let insert = sea_orm::sea_query::Query::insert()
            .into_table("ledger")
            .columns(["aggregate", "sequence"])
            .values([event.aggregate_id.into(), event.sequence.into()])
            .map_err(HandlerError::park)?
            .take();
        tx.execute(&insert).await?;
        if (self.handled.fetch_add(1, Ordering::SeqCst) + 1).is_multiple_of(EVENTS) {
            self.done.notify_one();
        }
        Ok(())
    }
}

async fn open(folder: &tempfile::TempDir, name: &str) -> Database {
    let file = folder.path().join(name);
    let database = Database::open_file(&file, Clock::system()).await.unwrap();
    migrations::Users::up(database.writer(), None)
        .await
        .unwrap();
    database
        .writer()
        .execute_unprepared("CREATE TABLE ledger (aggregate BLOB, sequence BIGINT)")
        .await
        .unwrap();
    database
}

fn events() -> Vec<Envelope> {
    let clock = Clock::system();
    (0..EVENTS)
        .map(|_| Envelope {
            id: clock.id(),
            kind: OrderPlaced::TYPE.to_owned(),
            topic: OrderPlaced::TOPIC.to_owned(),
            aggregate_id: clock.id(),
            sequence: 1,
            time: clock.now(),
            traceparent: None,
            data: serde_json::json!({"lines": [{"variant": Uuid::nil(), "quantity": 2}], "total": 1_999}),
        })
        .collect()
}

fn delivery(c: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (clock, config) = (Clock::system(), MessagingConfig::default());
    let metrics = Metrics::new(&telemetry::Registry::new(), "bench").unwrap();
    let (handled, done) = (Arc::default(), Arc::new(Notify::new()));
    let (here, receiver) = runtime.block_on(async {
        let handler = Box::new(Ledger {
            handled: Arc::clone(&handled),
            done: Arc::clone(&done),
        });
        let there = open(&folder, "there.sqlite").await;
        let receiver = Receiver::new(
            there,
            vec![handler],
            clock.clone(),
            config.clone(),
            metrics.clone(),
        );
        (open(&folder, "here.sqlite").await, Arc::new(receiver))
    });
    let mut group = c.benchmark_group("delivery");
    group
        .throughput(Throughput::Elements(EVENTS))
        .sample_size(10);

    group.bench_function("receive", |b| {
        b.to_async_block(&runtime, events, |events| {
            let receiver = Arc::clone(&receiver);
            async move { receiver.receive(black_box(&events)).await.unwrap() }
        });
    });

    handled.store(0, Ordering::SeqCst);
    let subscriber: Arc<dyn Subscriber> = Arc::<Receiver>::clone(&receiver);
    let in_process = Arc::new(InProcess::new(vec![Arc::clone(&subscriber)]));
    let way = Way {
        runtime,
        here,
        done,
    };
    way.measure(&mut group, "in process", in_process);

    if let Some(brokers) = testkit::server("EMPORIUM_TEST_KAFKA") {
        let prefix = format!("bench-{}.", clock.id().simple());
        let config = KafkaConfig {
            brokers,
            topic_prefix: prefix.clone(),
            group_prefix: prefix,
            ..KafkaConfig::default()
        };
        let topics = Topics::new(&config).unwrap();
        way.runtime.block_on(topics.create()).unwrap();
        let metrics = KafkaMetrics::new(&telemetry::Registry::new()).unwrap();
        let stop = CancellationToken::new();
        let member = Group::new(&config, "bench", vec![subscriber], metrics.clone()).unwrap();
        let member = way.runtime.spawn(member.run(stop.clone()));
        let producer = Arc::new(Producer::new(&config, metrics).unwrap());
        way.measure(&mut group, "through Kafka", producer);
        stop.cancel();
        way.runtime.block_on(member).unwrap();
    }
    group.finish();
}

/// What an event passes on its way, except for the transport.
struct Way {
    runtime: Runtime,
    here: Database,
    done: Arc<Notify>,
}

impl Way {
    fn measure(
        &self,
        group: &mut BenchmarkGroup<'_, WallTime>,
        name: &str,
        transport: Arc<dyn Transport>,
    ) {
        let metrics = Metrics::new(&telemetry::Registry::new(), "bench").unwrap();
        let (clock, config) = (Clock::system(), MessagingConfig::default());
        let relay = Relay::new(self.here.clone(), transport, clock, config, metrics);
        let stop = CancellationToken::new();
        let running = self.runtime.spawn(relay.run(stop.clone()));
        for (transactions, size) in [
            ("a transaction for each event", 1),
            ("50 in each transaction", 50),
        ] {
            group.bench_function(format!("outbox to handler {name}, {transactions}"), |b| {
                b.to_async_block(&self.runtime, events, |events| async move {
                    for chunk in events.chunks(size) {
                        self.here
                            .write(|tx| async move { outbox::append(&tx, chunk.to_vec()).await })
                            .await
                            .unwrap();
                    }
                    self.done.notified().await;
                });
            });
        }
        stop.cancel();
        self.runtime.block_on(running).unwrap();
    }
}

/// Criterion's own support for async code is a feature that nothing else here needs.
trait BlockOn {
    fn to_async_block<I, F: Future<Output = ()>>(
        &mut self,
        runtime: &Runtime,
        input: impl FnMut() -> I,
        work: impl Fn(I) -> F,
    );
}

impl BlockOn for criterion::Bencher<'_> {
    fn to_async_block<I, F: Future<Output = ()>>(
        &mut self,
        runtime: &Runtime,
        input: impl FnMut() -> I,
        work: impl Fn(I) -> F,
    ) {
        self.iter_batched(
            input,
            |input| runtime.block_on(work(input)),
            BatchSize::PerIteration,
        );
    }
}

criterion_group!(benches, delivery);
criterion_main!(benches);
