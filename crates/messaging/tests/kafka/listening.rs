//! What every process must hear.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use events::{Envelope, Event, orders::OrderPlaced};
use messaging::{Subscriber, Transport, TransportError, kafka::Listener};
use rdkafka::{
    ClientConfig,
    admin::{AdminClient, AdminOptions, NewPartitions},
    client::DefaultClientContext,
};
use uuid::Uuid;

use crate::toy::*;

#[derive(Default)]
struct Ear(Mutex<Vec<(Uuid, i64)>>);

impl Ear {
    fn heard(&self) -> Vec<(Uuid, i64)> {
        self.0.lock().unwrap().clone()
    }
}

#[async_trait]
impl Subscriber for Ear {
    fn name(&self) -> &'static str {
        "ear"
    }
    fn takes(&self, kind: &str) -> bool {
        kind == OrderPlaced::TYPE
    }
    async fn take(&self, batch: &[Envelope]) -> Result<(), TransportError> {
        let heard = batch
            .iter()
            .map(|event| (event.aggregate_id, event.sequence));
        self.0.lock().unwrap().extend(heard);
        Ok(())
    }
}

fn listen(toy: &Toy, ear: &Arc<Ear>) -> (messaging::kafka::Ready, Running) {
    let listener = Listener::new(&toy.config, vec![ear.clone()], toy.metrics()).unwrap();
    (listener.ready(), Running::start(|stop| listener.run(stop)))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_listener_hears_everything_from_when_it_is_ready() {
    let Some(config) = cluster() else { return };
    let toy = Toy::new(config).await;
    let (early, late) = (aggregates(20), aggregates(200));
    let producer = toy.producer();
    producer.publish(&round(&early, 1)).await.unwrap();
    let ears: [Arc<Ear>; 3] = Default::default();
    let mut listeners = Vec::new();
    for ear in &ears {
        let (mut ready, running) = listen(&toy, ear);
        assert!(ready.wait().await);
        assert!(ready.is_ready());
        listeners.push(running);
    }
    for sequence in 1..=5 {
        producer.publish(&round(&late, sequence)).await.unwrap();
    }
    for ear in &ears {
        until("heard", async || ear.heard().len() >= 1_000).await;
        let heard = ear.heard();
        let all: BTreeSet<_> = heard.iter().copied().collect();
        assert_eq!(all.len(), heard.len(), "nothing is heard twice");
        assert!(
            early.iter().all(|id| !all.contains(&(*id, 1))),
            "nothing of before"
        );
        for id in &late {
            let own: Vec<i64> = heard
                .iter()
                .filter(|(one, _)| one == id)
                .map(|(_, n)| *n)
                .collect();
            assert_eq!(own, [1, 2, 3, 4, 5]);
        }
    }
    for running in listeners {
        running.stop().await;
    }
    toy.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn new_partitions_are_heard_from_their_beginning() {
    let Some(config) = cluster() else { return };
    let toy = Toy::new(config).await;
    let ear = Arc::new(Ear::default());
    let (mut ready, running) = listen(&toy, &ear);
    assert!(ready.wait().await);
    let admin: AdminClient<DefaultClientContext> = ClientConfig::new()
        .set("bootstrap.servers", &toy.config.brokers)
        .create()
        .unwrap();
    let topic = toy.config.topic(TOPIC);
    let grown = admin
        .create_partitions(&[NewPartitions::new(&topic, 8)], &AdminOptions::new())
        .await;
    grown.unwrap()[0].as_ref().unwrap();
    // Made now, it knows all eight.
    let producer = toy.producer();
    let ids = aggregates(100);
    producer.publish(&round(&ids, 1)).await.unwrap();
    until("heard", async || ear.heard().len() >= 100).await;
    running.stop().await;
    toy.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_cluster_a_listener_is_not_ready_and_ends_when_asked() {
    let toy = Toy::without_topics(own("127.0.0.1:1")).await;
    let (ready, running) = listen(&toy, &Arc::default());
    assert!(!ready.is_ready());
    running.stop().await;
}
