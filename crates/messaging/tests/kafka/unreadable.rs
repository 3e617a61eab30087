//! Messages that are no events of ours.

use messaging::dead_letters::{self, Selector};
use rdkafka::{
    ClientConfig,
    message::{Header, OwnedHeaders},
    producer::{FutureProducer, FutureRecord},
};

use crate::toy::*;

#[tokio::test(flavor = "multi_thread")]
async fn they_are_kept_as_dead_letters_and_stop_nothing() {
    let Some(mut config) = cluster() else { return };
    config.partitions = 1;
    let toy = Toy::new(config).await;
    let (relay, member) = (toy.relay(), toy.member());
    let ids = aggregates(5);
    toy.announce(&round(&ids, 1)).await;
    toy.until_effects(5).await;

    let stranger: FutureProducer = ClientConfig::new()
        .set("bootstrap.servers", &toy.config.brokers)
        .create()
        .unwrap();
    let topic = toy.config.topic(TOPIC);
    let version = OwnedHeaders::new().insert(Header {
        key: "ce_specversion",
        value: Some("1.0"),
    });
    for (payload, headers) in [
        (&b"hello"[..], None),
        (b"\xff\x00", Some(version.clone())),
        (
            b"{}",
            Some(version.insert(Header {
                key: "ce_id",
                value: Some("7"),
            })),
        ),
    ] {
        let mut record = FutureRecord::<str, [u8]>::to(&topic).payload(payload);
        record.headers = headers;
        stranger.send(record, None).await.unwrap();
    }
    // One with neither key nor data: what other tools call a tombstone.
    stranger
        .send(FutureRecord::<str, [u8]>::to(&topic), None)
        .await
        .unwrap();

    toy.announce(&round(&ids, 2)).await;
    toy.until_effects(10).await;
    toy.until_no_lag().await;
    toy.assert_once_in_order(&ids, 2).await;
    let letters = async || {
        dead_letters::list(toy.sink.read(), &Selector::default(), 10)
            .await
            .unwrap()
    };
    let kept = letters().await;
    assert_eq!(kept.len(), 4);
    for letter in &kept {
        assert_eq!(
            (letter.handler.as_str(), letter.kind.as_str()),
            ("unreadable", "message.unreadable")
        );
        assert!(letter.parked && letter.error.is_some(), "{letter:?}");
    }
    let unreadable = "emporium_kafka_unreadable_total{";
    assert_eq!(toy.measured(unreadable), Some(4.0));

    // It can be looked at and dropped like any dead letter.
    let dropped = dead_letters::discard(&toy.sink, "unreadable", kept[0].event_id)
        .await
        .unwrap();
    assert!(dropped);
    assert_eq!(letters().await.len(), 3);
    member.stop().await;
    relay.stop().await;
    toy.end().await;
}
