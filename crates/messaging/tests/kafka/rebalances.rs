//! Members that come and go under load.

use std::time::{Duration, Instant};

use messaging::dead_letters::{self, Selector};
use rdkafka::{ClientConfig, consumer::{BaseConsumer, Consumer as _}};

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
    let held = dead_letters::list(toy.sink.read(), &Selector { waiting: true, ..Selector::default() }, 10).await;
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

#[tokio::test(flavor = "multi_thread")]
async fn the_new_consumer_protocol_is_used_where_the_broker_has_it() {
    let Some(config) = cluster() else { return };
    let toy = Toy::new(config).await;
    let member = toy.member();
    let group = format!("{}{GROUP}", toy.config.group_prefix);
    let brokers = toy.config.brokers.clone();
    until("the group is there", async || {
        let (group, brokers) = (group.clone(), brokers.clone());
        let listed = tokio::task::spawn_blocking(move || {
            let client: BaseConsumer = ClientConfig::new().set("bootstrap.servers", &brokers).create().unwrap();
            let groups = client.fetch_group_list(Some(&group), Duration::from_secs(5)).unwrap();
            groups.groups().iter().map(|one| (one.protocol_type().to_owned(), one.state().to_owned())).collect::<Vec<_>>()
        });
        // The classic request does not know groups of the new protocol: it calls them dead.
        listed.await.unwrap().iter().all(|(_, state)| state == "Dead")
            && toy.measured(&format!("emporium_kafka_partitions_assigned{{group=\"{}toys\"}}", toy.config.group_prefix)) == Some(4.0)
    })
    .await;
    member.stop().await;
    toy.end().await;
}
