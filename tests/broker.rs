//! The broker is away under load: mutations go on, nothing is lost, and what waited is published in its order (I2, I4). Of
//! three brokers one may be away and nobody waits.
//!
//! `EMPORIUM_TEST_SECONDS=120 cargo test --workspace --test attacks broker -- --nocapture` is the long scenario.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use events::Envelope;
use messaging::{KafkaMetrics, Subscriber, TransportError, kafka::Listener};
use system_tests::{Crowd, Journal, RolesShop, Servers, Shopper, plenty};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How long the broker is away, unless told.
const SECONDS: u64 = 20;
const SHOPPERS: usize = 8;
/// How often one of them orders without a broker: what waits has to be worked off afterwards.
const ORDERS: Duration = Duration::from_millis(400);
/// How often anybody begins a purchase without one of three brokers.
const PACE: Duration = Duration::from_millis(300);
/// A mutation takes no longer for want of a broker.
const SLOWEST: Duration = Duration::from_secs(15);
/// Within which everything that waited has arrived.
const DRAINED: Duration = Duration::from_mins(5);

/// What any client of Kafka can see: the events of each aggregate as they were published.
#[derive(Default)]
struct Published(Mutex<HashMap<Uuid, Vec<i64>>>);

impl Published {
    /// Each event comes after the one before it; one that was published again changes nothing.
    fn assert_in_order(&self) -> usize {
        let published = self.0.lock().unwrap();
        for (aggregate, sequences) in published.iter() {
            let mut last: Option<i64> = None;
            for &sequence in sequences {
                let next = last.is_none_or(|last| sequence <= last + 1);
                assert!(next, "{aggregate} was published as {sequences:?}");
                last = last.max(Some(sequence));
            }
        }
        published.len()
    }
}

#[async_trait]
impl Subscriber for Published {
    fn name(&self) -> &'static str {
        "published"
    }

    fn takes(&self, kind: &str) -> bool {
        kind.starts_with("order.")
    }

    async fn take(&self, batch: &[Envelope]) -> Result<(), TransportError> {
        let mut published = self.0.lock().unwrap();
        for event in batch.iter().filter(|event| self.takes(&event.kind)) {
            let sequences = published.entry(event.aggregate_id).or_default();
            sequences.push(event.sequence);
        }
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_are_placed_without_a_broker_and_arrive_in_order() {
    let _alone = system_tests::alone().await;
    let Some(servers) = Servers::start(&["kafka"]).await else {
        return;
    };
    let seconds = system_tests::seconds(SECONDS);
    let away = Duration::from_secs(seconds);
    let shop = RolesShop::start(servers.settings()).await;
    let folder = tempfile::tempdir().unwrap();
    let journal = Arc::new(Journal::create(&folder.path().join("journal.jsonl")));

    let published = Arc::new(Published::default());
    let metrics = KafkaMetrics::new(&telemetry::Registry::default()).unwrap();
    let concerned: Vec<Arc<dyn Subscriber>> = vec![published.clone()];
    let listener = Listener::new(&shop.kafka(), concerned, metrics).unwrap();
    let (mut ready, stop) = (listener.ready(), CancellationToken::new());
    let listening = tokio::spawn(listener.run(stop.clone()));
    assert!(ready.wait().await);

    let doors = shop.doors();
    let variant = plenty(&doors[0], "coffee").await;
    let mut shoppers = Vec::new();
    for number in 0..SHOPPERS {
        let shopper = Shopper::register(&doors[number % doors.len()]).await;
        // The last step before the broker goes: everything is warm, and the shopper's order is paid through it.
        let order = shopper.order(&variant, 1).await;
        shopper.pay(&order).await;
        shoppers.push(shopper);
    }

    servers.kill("kafka").await;
    let began = Instant::now();
    let buying: Vec<_> = shoppers
        .into_iter()
        .map(|shopper| {
            let (variant, journal) = (variant.clone(), Arc::clone(&journal));
            tokio::spawn(async move {
                let (mut placed, mut slowest) = (Vec::new(), Duration::ZERO);
                let mut next = tokio::time::interval(ORDERS);
                while began.elapsed() < away {
                    next.tick().await;
                    let order_began = Instant::now();
                    let order = shopper.order(&variant, 1).await;
                    // Three mutations: each had an answer, and it was none but the order.
                    slowest = slowest.max(order_began.elapsed() / 3);
                    journal.note(&serde_json::json!({ "answer": "placed", "order": order }));
                    placed.push(order);
                }
                (shopper, placed, slowest)
            })
        })
        .collect();
    let mut orders = Vec::new();
    for shopper in buying {
        let (shopper, placed, slowest) = shopper.await.unwrap();
        assert!(
            slowest < SLOWEST,
            "a mutation took {slowest:?} without a broker"
        );
        orders.push((shopper, placed));
    }
    let placed: usize = orders.iter().map(|(_, placed)| placed.len()).sum();
    for (shopper, placed) in &orders {
        let last = placed.last().unwrap();
        let shown = shopper.show(last).await;
        assert_eq!(
            shown.at("/order/status"),
            "PENDING",
            "nobody could hear of it"
        );
    }

    servers.bring_back("kafka").await;
    let back = Instant::now();
    for (shopper, placed) in &orders {
        for order in placed {
            while shopper.show(order).await.at("/order/status") == "PENDING" {
                assert!(back.elapsed() < DRAINED, "{order} is PENDING still");
                testkit::pause(back).await;
            }
        }
    }
    println!(
        "{placed} orders were placed without a broker in {away:?} and answered {:?} after it was back",
        back.elapsed()
    );
    let (shopper, _) = &orders[0];
    let order = shopper.order(&variant, 1).await;
    shopper.wait_for(&order, "AWAITING_PAYMENT").await;

    let (holds, said) = shop.command(&journal.check());
    assert!(holds, "{said}");
    let aggregates = published.assert_in_order();
    assert!(
        aggregates > placed,
        "{aggregates} aggregates of {placed} orders were heard"
    );
    stop.cancel();
    listening.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shop_goes_on_without_any_one_of_three_brokers() {
    let _alone = system_tests::alone().await;
    let Some(servers) = Servers::start(&["--kafka-nodes", "3", "kafka"]).await else {
        return;
    };
    let mut settings = servers.settings().to_vec();
    for (name, value) in [("REPLICATION", "3"), ("MIN_INSYNC_REPLICAS", "2")] {
        settings.push((format!("EMPORIUM__KAFKA__{name}"), value.to_owned()));
    }
    let shop = RolesShop::start(&settings).await;
    let folder = tempfile::tempdir().unwrap();
    let journal = Arc::new(Journal::create(&folder.path().join("journal.jsonl")));
    let doors = shop.doors();
    let variant = plenty(&doors[0], "coffee").await;
    let crowd = Crowd::gather(&doors, &journal, &[variant], SHOPPERS, PACE);
    crowd.warms_up().await;
    for broker in ["kafka-1", "kafka-2", "kafka-3"] {
        servers.kill(broker).await;
        // Each more than one purchase: of those, some began without the broker, and all need events to be paid.
        let took = crowd
            .buys_on(2 * SHOPPERS, &format!("without {broker}"))
            .await;
        println!(
            "without {broker}: {} purchases after {took:?}",
            2 * SHOPPERS
        );
        servers.bring_back(broker).await;
        crowd.buys_again(&format!("with {broker} again")).await;
    }
    crowd.go_home().await;
    let (holds, said) = shop.command(&journal.check());
    assert!(holds, "{said}");
}
