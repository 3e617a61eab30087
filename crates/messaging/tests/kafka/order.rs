//! Order per aggregate, repetition, a graceful end.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use async_trait::async_trait;
use events::Envelope;
use messaging::{
    HandlerError, Subscriber, Transport, TransportError,
    dead_letters::{self, Selector},
};

use crate::toy::*;

#[tokio::test(flavor = "multi_thread")]
async fn events_take_effect_once_and_in_order() {
    let Some(config) = cluster() else { return };
    let toy = Toy::new(config).await;
    let (relay, member) = (toy.relay(), toy.member());
    let ids = aggregates(40);
    for sequence in 1..=25 {
        toy.announce(&round(&ids, sequence)).await;
    }
    toy.until_effects(1_000).await;
    toy.assert_once_in_order(&ids, 25).await;
    toy.until_no_lag().await;
    let topics = toy.config.topic_prefix.clone();
    let lag = format!(
        "emporium_kafka_consumer_lag{{group=\"{topics}toys\",partition=\"0\",topic=\"{TOPIC}\"}}"
    );
    until("lag measured", async || toy.measured(&lag) == Some(0.0)).await;
    member.stop().await;
    relay.stop().await;
    toy.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn duplicates_change_nothing() {
    let Some(config) = cluster() else { return };
    let toy = Toy::new(config).await;
    let ids = aggregates(20);
    let all: Vec<Envelope> = (1..=10).flat_map(|n| round(&ids, n)).collect();
    let producer = toy.producer();
    // Twice as they are, then each one twice, then the latter half again.
    let doubled: Vec<_> = all.iter().flat_map(|e| [e.clone(), e.clone()]).collect();
    for batch in [&all[..], &all[..], &doubled[..], &all[100..]] {
        producer.publish(batch).await.unwrap();
    }
    let member = toy.member();
    toy.until_effects(200).await;
    toy.until_no_lag().await;
    toy.assert_once_in_order(&ids, 10).await;
    let held = dead_letters::list(toy.sink.read(), &Selector::default(), 10).await;
    assert_eq!(held.unwrap(), [], "nothing was parked");
    member.stop().await;
    toy.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poison_event_is_parked_with_its_successors_and_nothing_else_waits() {
    let Some(config) = cluster() else { return };
    let toy = Toy::new(config).await;
    let ids = aggregates(10);
    let poisoned = ids[0];
    let receiver = toy.receiver(Arc::new(move |event| {
        if (event.aggregate_id, event.sequence) == (poisoned, 4) {
            return Err(HandlerError::retry("poison"));
        }
        Ok(())
    }));
    let retrying = Arc::clone(&receiver);
    let retries = Running::start(|stop| async move { retrying.run(stop).await });
    let (relay, member) = (toy.relay(), toy.member_of(vec![receiver]));
    for sequence in 1..=10 {
        toy.announce(&round(&ids, sequence)).await;
    }
    toy.until_effects(93).await;
    toy.until_no_lag().await;
    let parked = async || {
        let held = dead_letters::list(toy.sink.read(), &Selector::default(), 20).await;
        held.unwrap()
            .iter()
            .map(|one| (one.aggregate_id, one.sequence))
            .collect::<Vec<_>>()
    };
    let expected: Vec<_> = (4..=10).map(|sequence| (poisoned, sequence)).collect();
    until("parked", async || parked().await == expected).await;
    let effects = toy.effects().await;
    for id in &ids {
        let own: Vec<i64> = effects
            .iter()
            .filter(|(one, _)| one == id)
            .map(|(_, n)| *n)
            .collect();
        let last = if *id == poisoned { 3 } else { 10 };
        assert_eq!(own, (1..=last).collect::<Vec<_>>());
    }
    for running in [member, retries, relay] {
        running.stop().await;
    }
    toy.end().await;
}

/// Counts batches and is slow, so that more is always under way.
struct Slow {
    inner: Arc<dyn Subscriber>,
    batches: AtomicUsize,
    largest: AtomicUsize,
}

#[async_trait]
impl Subscriber for Slow {
    fn name(&self) -> &str {
        self.inner.name()
    }
    fn takes(&self, kind: &str) -> bool {
        self.inner.takes(kind)
    }
    async fn take(&self, batch: &[Envelope]) -> Result<(), TransportError> {
        self.batches.fetch_add(1, Ordering::SeqCst);
        self.largest.fetch_max(batch.len(), Ordering::SeqCst);
        // A database that takes its time.
        tokio::time::sleep(Duration::from_millis(20)).await;
        self.inner.take(batch).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_graceful_end_finishes_the_batch_at_hand_and_the_next_member_repeats_nothing() {
    let Some(mut config) = cluster() else { return };
    config.batch_events = 10;
    let toy = Toy::new(config).await;
    let ids = aggregates(20);
    let all: Vec<Envelope> = (1..=50).flat_map(|n| round(&ids, n)).collect();
    toy.producer().publish(&all).await.unwrap();
    let handled = "emporium_handler_results_total{handler=\"toys.write\",outcome=\"duplicate\"";
    for stop_after in [100, 300, 600] {
        let slow = Arc::new(Slow {
            inner: toy.receiver(Arc::new(|_| Ok(()))),
            batches: AtomicUsize::new(0),
            largest: AtomicUsize::new(0),
        });
        let member = toy.member_of(vec![slow]);
        toy.until_effects(stop_after).await;
        let began = Instant::now();
        member.stop().await;
        assert!(
            began.elapsed() < Duration::from_secs(30),
            "{:?}",
            began.elapsed()
        );
        let lag = toy.lag().await;
        assert_eq!(
            u64::try_from(1_000 - toy.effects().await.len()).unwrap(),
            lag,
            "all that took effect is committed"
        );
    }
    let member = toy.member();
    toy.until_effects(1_000).await;
    toy.assert_once_in_order(&ids, 50).await;
    assert_eq!(toy.measured(handled), None, "nothing was repeated");
    member.stop().await;
    toy.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_into_memory_stays_at_the_broker_and_batches_are_whole() {
    let Some(mut config) = cluster() else { return };
    (config.queue_events, config.batch_events, config.workers) = (100, 64, 1);
    let toy = Toy::new(config).await;
    let ids = aggregates(50);
    let all: Vec<Envelope> = (1..=40).flat_map(|n| round(&ids, n)).collect();
    toy.producer().publish(&all).await.unwrap();
    let slow = Arc::new(Slow {
        inner: toy.receiver(Arc::new(|_| Ok(()))),
        batches: AtomicUsize::new(0),
        largest: AtomicUsize::new(0),
    });
    let member = toy.member_of(vec![slow.clone()]);
    let paused = format!(
        "emporium_kafka_partitions_paused{{group=\"{}toys\"}}",
        toy.config.group_prefix
    );
    until("a partition is paused", async || {
        toy.measured(&paused).is_some_and(|n| n > 0.0)
    })
    .await;
    toy.until_effects(2_000).await;
    toy.assert_once_in_order(&ids, 40).await;
    assert_eq!(slow.largest.load(Ordering::SeqCst), 64);
    let batches = slow.batches.load(Ordering::SeqCst);
    assert!(batches <= 60, "2000 events came in {batches} batches");
    until("all partitions go on", async || {
        toy.measured(&paused) == Some(0.0)
    })
    .await;
    toy.until_no_lag().await;
    member.stop().await;
    toy.end().await;
}

/// A database that is away for a while.
struct Away {
    inner: Arc<dyn Subscriber>,
    until: Instant,
    tries: AtomicUsize,
}

#[async_trait]
impl Subscriber for Away {
    fn name(&self) -> &str {
        self.inner.name()
    }
    fn takes(&self, kind: &str) -> bool {
        self.inner.takes(kind)
    }
    async fn take(&self, batch: &[Envelope]) -> Result<(), TransportError> {
        self.tries.fetch_add(1, Ordering::SeqCst);
        if Instant::now() < self.until {
            return Err(TransportError {
                to: "the database".to_owned(),
                source: "away".into(),
            });
        }
        self.inner.take(batch).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_database_is_away_a_member_waits_and_keeps_its_place() {
    let Some(config) = cluster() else { return };
    let toy = Toy::new(config).await;
    let ids = aggregates(30);
    let all: Vec<Envelope> = (1..=10).flat_map(|n| round(&ids, n)).collect();
    toy.producer().publish(&all).await.unwrap();
    let away = Arc::new(Away {
        inner: toy.receiver(Arc::new(|_| Ok(()))),
        until: Instant::now() + Duration::from_secs(5),
        tries: AtomicUsize::new(0),
    });
    let member = toy.member_of(vec![away.clone()]);
    until("tried", async || away.tries.load(Ordering::SeqCst) > 3).await;
    assert_eq!(toy.effects().await, []);
    toy.until_effects(300).await;
    toy.assert_once_in_order(&ids, 10).await;
    toy.until_no_lag().await;
    let rebalances = format!(
        "emporium_kafka_rebalances_total{{group=\"{}toys\"}}",
        toy.config.group_prefix
    );
    assert_eq!(toy.measured(&rebalances), Some(1.0), "it was never put out");
    member.stop().await;
    toy.end().await;
}
