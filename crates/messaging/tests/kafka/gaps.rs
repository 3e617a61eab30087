//! A publication that fails half-way: what the topic holds afterwards, and what a receiver makes of it. Mostly on the
//! client library's own stand-in for a cluster, which fails when it is told to.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use events::Envelope;
use messaging::{
    KafkaConfig, Transport,
    dead_letters::{self, Selector},
    kafka::{Compression, Topics},
};
use rdkafka::{
    ClientConfig, Message, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer as _},
    message::Headers as _,
    mocking::MockCluster,
    producer::DefaultProducerContext,
    types::{RDKafkaApiKey, RDKafkaRespErr},
};

use crate::toy::*;

type Stand = MockCluster<'static, DefaultProducerContext>;

async fn toy() -> (Stand, Toy) {
    let stand = MockCluster::new(1).unwrap();
    let mut config = own(&stand.bootstrap_servers());
    config.publish_timeout_ms = 2_000;
    config.linger_ms = 0;
    stand.create_topic(&config.topic(TOPIC), 1, 1).unwrap();
    (stand, Toy::without_topics(config).await)
}

/// What the topic holds: sequence numbers by aggregate, in order.
fn held(toy: &Toy) -> Vec<i64> {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", &toy.config.brokers)
        .set("group.id", "reader")
        .set("enable.partition.eof", "true")
        .create()
        .unwrap();
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(&toy.config.topic(TOPIC), 0, Offset::Beginning)
        .unwrap();
    consumer.assign(&list).unwrap();
    let mut found = Vec::new();
    while let Ok(message) = consumer.poll(Duration::from_secs(10)).unwrap() {
        let headers = message.headers().unwrap();
        let sequence = headers.iter().find(|header| header.key == "ce_sequence");
        let text = std::str::from_utf8(sequence.unwrap().value.unwrap()).unwrap();
        found.push(text.parse().unwrap());
    }
    found
}

/// Each number comes first after all lower ones.
fn assert_first_in_order(found: &[i64], last: i64) {
    let mut seen = 0;
    for &number in found {
        assert!(
            number <= seen + 1,
            "{number} came before {}: {found:?}",
            seen + 1
        );
        seen = seen.max(number);
    }
    assert_eq!(seen, last, "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_pass_is_tried_again_without_an_error() {
    let (stand, toy) = toy().await;
    let few = RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS;
    let moved = RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION;
    stand.request_errors(RDKafkaApiKey::Produce, &[few, moved, few]);
    let id = aggregates(1)[0];
    let batch: Vec<_> = (1..=6).map(|n| step(id, n)).collect();
    toy.producer().publish(&batch).await.unwrap();
    assert_first_in_order(&held(&toy), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_for_good_is_published_again_as_a_whole() {
    let (stand, toy) = toy().await;
    let forbidden = RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
    let broken = RDKafkaRespErr::RD_KAFKA_RESP_ERR_INVALID_RECORD;
    let id = aggregates(1)[0];
    let batch: Vec<_> = (1..=6).map(|n| step(id, n)).collect();
    let producer = toy.producer();
    for error in [forbidden, broken] {
        stand.request_errors(RDKafkaApiKey::Produce, &[error]);
        producer.publish(&batch).await.unwrap_err();
    }
    producer.publish(&batch).await.unwrap();
    assert_first_in_order(&held(&toy), 6);
}

/// Events 1 to 6 in a request each, of which the broker refuses the second; then all of them again. The stand-in does not
/// number what it takes, so this asks a real broker.
#[tokio::test(flavor = "multi_thread")]
async fn no_event_passes_one_that_failed() {
    let Some(mut config) = cluster() else { return };
    (config.partitions, config.compression) = (1, Compression::None);
    let toy = Toy::new(config.clone()).await;
    let id = aggregates(1)[0];
    let large = |n: i64| {
        let mut event = step(id, n);
        let ballast = if n == 2 { 1_800_000 } else { 700_000 };
        event.data["ballast"] = "x".repeat(ballast).into();
        event
    };
    let batch: Vec<Envelope> = (1..=6).map(large).collect();
    let limited = KafkaConfig {
        message_max_bytes: 1_000_000,
        ..config.clone()
    };
    let producer = toy.producer();
    for _ in 0..3 {
        Topics::new(&limited).unwrap().create().await.unwrap();
        producer.publish(&batch).await.unwrap_err();
        assert!(
            held(&toy).iter().all(|n| *n == 1),
            "nothing passed what failed"
        );
    }
    Topics::new(&config).unwrap().create().await.unwrap();
    producer.publish(&batch).await.unwrap();
    producer.publish(&batch).await.unwrap();
    let found = held(&toy);
    assert_first_in_order(&found, 6);

    // What a receiver makes of it: each event once, in order, nothing parked.
    let receiver = toy.receiver(Arc::new(|_| Ok(())));
    let by_number: BTreeMap<i64, &Envelope> = batch.iter().map(|e| (e.sequence, e)).collect();
    for number in &found {
        receiver
            .receive(&[by_number[number].clone()])
            .await
            .unwrap();
    }
    toy.assert_once_in_order(&[id], 6).await;
    let parked = dead_letters::list(toy.sink.read(), &Selector::default(), 10).await;
    assert_eq!(parked.unwrap(), []);
    toy.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_that_is_away_is_given_up_in_time_and_nothing_is_sent_late_out_of_order() {
    let (stand, toy) = toy().await;
    let id = aggregates(1)[0];
    let events: Vec<_> = (1..=20).map(|n| step(id, n)).collect();
    let producer = toy.producer();
    producer.publish(&events[..5]).await.unwrap();
    stand.broker_down(1).unwrap();
    for _ in 0..2 {
        let refused = producer.publish(&events[5..]).await.unwrap_err();
        assert!(refused.to_string().contains("kafka"), "{refused}");
    }
    stand.broker_up(1).unwrap();
    while producer.publish(&events[5..]).await.is_err() {}
    assert_first_in_order(&held(&toy), 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_is_too_large_holds_back_what_is_behind_it() {
    let (_stand, toy) = toy().await;
    let id = aggregates(1)[0];
    let mut events: Vec<_> = (1..=4).map(|n| step(id, n)).collect();
    events[1].data["ballast"] = "x".repeat(5_000_000).into();
    let producer = toy.producer();
    let refused = producer.publish(&events).await.unwrap_err();
    assert!(
        refused.to_string().contains("MessageSizeTooLarge"),
        "{refused}"
    );
    assert_eq!(held(&toy), [1]);
}
