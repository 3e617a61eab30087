//! Members that come and go under load.

use std::time::{Duration, Instant};

use messaging::dead_letters::{self, Selector};
use rdkafka::{
    ClientConfig,
    consumer::{BaseConsumer, Consumer as _},
};

use crate::toy::*;

const ROUNDS: i64 = 240;

/// Announces all the time while members join and leave about every second.
async fn members_come_and_go(toy: &Toy) {
    let ids = aggregates(25);
    let relay = toy.relay();
    let announcing = async {
        for sequence in 1..=ROUNDS {
            toy.announce(&round(&ids, sequence)).await;
            // The load lasts as long as the coming and going.
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let churning = async {
        let mut members = vec![toy.member(), toy.member()];
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(12) {
            // A moment for the group to settle, or not.
            tokio::time::sleep(Duration::from_millis(900)).await;
            if members.len() < 4 {
                members.push(toy.member());
            }
            members.remove(0).stop().await;
            members.push(toy.member());
        }
        members
    };
    let ((), members) = tokio::join!(announcing, churning);
    let total = ids.len() * usize::try_from(ROUNDS).unwrap();
    toy.until_effects(total).await;
    toy.until_no_lag().await;
    toy.assert_once_in_order(&ids, ROUNDS).await;
    let held = dead_letters::list(
        toy.sink.read(),
        &Selector {
            waiting: true,
            ..Selector::default()
        },
        10,
    )
    .await;
    assert_eq!(held.unwrap(), [], "nothing was held back");
    for member in members {
        member.stop().await;
    }
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_that_rebalances_all_the_time_takes_each_event_once_in_order() {
    let Some(config) = cluster() else { return };
    let toy = Toy::new(config).await;
    members_come_and_go(&toy).await;
    toy.end().await;
}

/// What the broker calls the protocol of the group: groups of the new one are unknown to the classic request.
async fn protocol(toy: &Toy) -> String {
    let group = toy.config.group(GROUP);
    let brokers = toy.config.brokers.clone();
    let asked = move || {
        let mut client = ClientConfig::new();
        client.set("bootstrap.servers", &brokers);
        let client: BaseConsumer = client.create().unwrap();
        let found = client.fetch_group_list(Some(&group), Duration::from_secs(5));
        let found = found.unwrap();
        let protocol = |one: &rdkafka::groups::GroupInfo| one.protocol().to_owned();
        found.groups().first().map(protocol).unwrap_or_default()
    };
    tokio::task::spawn_blocking(asked).await.unwrap()
}

async fn until_assigned(toy: &Toy) {
    let assigned = format!(
        "emporium_kafka_partitions_assigned{{group=\"{}\"}}",
        toy.config.group(GROUP)
    );
    until("assigned", async || toy.measured(&assigned) == Some(4.0)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_new_consumer_protocol_is_used_where_the_broker_has_it() {
    let Some(config) = cluster() else { return };
    let toy = Toy::new(config).await;
    let member = toy.member();
    until_assigned(&toy).await;
    assert_eq!(protocol(&toy).await, "");
    member.stop().await;
    toy.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_broker_lacks_it_members_are_cooperative() {
    if testkit::server("EMPORIUM_TEST_SERVERS").is_none() {
        return;
    }
    let started = tokio::task::spawn_blocking(|| {
        let (servers, brokers) = Servers::kafka();
        servers.set("group.coordinator.rebalance.protocols=classic");
        (servers, brokers)
    });
    let (servers, brokers) = started.await.unwrap();
    let toy = Toy::new(own(&brokers)).await;
    let member = toy.member();
    until_assigned(&toy).await;
    assert_eq!(protocol(&toy).await, "cooperative-sticky");
    member.stop().await;
    members_come_and_go(&toy).await;
    tokio::task::spawn_blocking(move || drop(servers))
        .await
        .unwrap();
}
