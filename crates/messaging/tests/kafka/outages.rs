//! A broker that goes away and comes back.

use std::time::{Duration, Instant};

use messaging::{
    dead_letters::{self, Selector},
    outbox,
};

use crate::toy::*;

#[tokio::test(flavor = "multi_thread")]
async fn while_the_broker_is_away_changes_go_on_and_the_outbox_drains_in_order_afterwards() {
    if testkit::server("EMPORIUM_TEST_SERVERS").is_none() {
        return;
    }
    let (servers, brokers) = tokio::task::spawn_blocking(Servers::kafka).await.unwrap();
    let mut config = own(&brokers);
    config.publish_timeout_ms = 2_000;
    let toy = Toy::new(config).await;
    let (relay, member) = (toy.relay(), toy.member());
    let ids = aggregates(30);
    let mut sequence = 0;
    for outage in 0..2 {
        for _ in 0..20 {
            sequence += 1;
            toy.announce(&round(&ids, sequence)).await;
        }
        let servers = &servers;
        tokio::task::block_in_place(|| servers.one("kill"));
        let killed = Instant::now();
        let mut slowest = Duration::ZERO;
        while killed.elapsed() < Duration::from_secs(8) {
            sequence += 1;
            let began = Instant::now();
            toy.announce(&round(&ids, sequence)).await;
            slowest = slowest.max(began.elapsed());
            // Changes go on at their own pace.
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert!(
            slowest < Duration::from_secs(10),
            "a change took {slowest:?}"
        );
        let waiting = outbox::lag(toy.source.read()).await.unwrap().pending;
        assert!(waiting > 0, "the outbox kept {waiting} events");
        tokio::task::block_in_place(|| {
            servers.one("start");
            servers.one("wait");
        });
        let back = Instant::now();
        let total = ids.len() * usize::try_from(sequence).unwrap();
        toy.until_effects(total).await;
        let took = back.elapsed();
        assert!(
            took < Duration::from_mins(3),
            "outage {outage}: it took {took:?} to catch up"
        );
        toy.until_no_lag().await;
    }
    toy.assert_once_in_order(&ids, sequence).await;
    let held = dead_letters::list(toy.sink.read(), &Selector::default(), 10).await;
    assert_eq!(held.unwrap(), [], "nothing was parked");

    // The last broker goes while both run: they end all the same.
    tokio::task::block_in_place(|| servers.one("kill"));
    let began = Instant::now();
    member.stop().await;
    relay.stop().await;
    assert!(
        began.elapsed() < Duration::from_mins(1),
        "{:?}",
        began.elapsed()
    );
    tokio::task::spawn_blocking(move || drop(servers))
        .await
        .unwrap();
}
