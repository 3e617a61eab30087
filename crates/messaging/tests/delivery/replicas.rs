//! Many processes on one PostgreSQL outbox: fair shares, order through every change of hands, late commits, NOTIFY.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use database::{Database, DatabaseError};
use messaging::{MessagingConfig, Relay, Subscriber, outbox};
use sea_orm::{ConnectionTrait, Statement};
use tempfile::TempDir;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::toy::*;

fn quick() -> MessagingConfig {
    MessagingConfig {
        publish_batch: 7,
        lease_ms: 600,
        poll_ms: 20,
        ..config()
    }
}

/// A relay of a process of its own.
async fn start(
    folder: &TempDir,
    tape: &Tape,
    name: &'static str,
    config: MessagingConfig,
) -> Running {
    let recorder = Arc::new(Recorder(name, tape.clone()));
    let here = open(folder, "here").await;
    let relay = Relay::new(here, recorder, clock::Clock::system(), config, metrics());
    Running::relay(relay.owned_by(name))
}

/// How many shards each living relay holds.
async fn shares(database: &Database) -> BTreeMap<String, i64> {
    let sql = "SELECT owner, COUNT(*) AS shards FROM outbox_leases \
               WHERE expires_at > extract(epoch from clock_timestamp()) * 1000 GROUP BY owner";
    let rows = database
        .read()
        .query_all_raw(Statement::from_string(database.backend(), sql))
        .await
        .unwrap();
    rows.iter()
        .map(|row| {
            let owner: String = row.try_get("", "owner").unwrap();
            (owner, row.try_get("", "shards").unwrap())
        })
        .collect()
}

async fn shared_out(database: &Database, expected: &[i64]) {
    until("a fair share for each", || async {
        let mut held: Vec<i64> = shares(database).await.into_values().collect();
        held.sort_unstable();
        held == expected
    })
    .await;
}

async fn emptied(database: &Database) {
    until("an empty outbox", || async {
        outbox::lag(database.read()).await.unwrap().pending == 0
    })
    .await;
}

/// Each aggregate's events as they came first; what comes again is a repetition that the inbox absorbs.
fn first_times(tape: &Tape) -> HashMap<Uuid, Vec<i64>> {
    let mut seen = HashSet::new();
    let mut lines: HashMap<Uuid, Vec<i64>> = HashMap::new();
    for (_, event) in tape.0.lock().unwrap().iter() {
        if seen.insert(event.id) {
            let line = lines.entry(event.aggregate_id).or_default();
            line.push(event.sequence);
        }
    }
    lines
}

#[tokio::test]
async fn shares_are_fair_at_once_and_no_change_of_hands_reorders_an_aggregate() {
    if testkit::server(testkit::POSTGRES).is_none() {
        return;
    }
    let folder = TempDir::new().unwrap();
    let here = &database(&folder, "here").await;
    let tape = Tape::default();
    let accounts: Vec<_> = (0..48).map(Uuid::from_u128).collect();
    let announcing = tokio::spawn({
        let here = here.clone();
        async move {
            for n in 1..=60 {
                for part in accounts.chunks(16) {
                    let round: Vec<_> = part.iter().map(|one| step(*one, n)).collect();
                    announce(&here, &round).await;
                }
            }
        }
    });
    // A long lease: the second and the third must not have to wait for it.
    let patient = MessagingConfig {
        lease_ms: 600_000,
        ..quick()
    };
    let one = start(&folder, &tape, "one", patient.clone()).await;
    shared_out(here, &[16]).await;
    let two = start(&folder, &tape, "two", patient.clone()).await;
    shared_out(here, &[8, 8]).await;
    let three = start(&folder, &tape, "three", patient.clone()).await;
    shared_out(here, &[5, 5, 6]).await;
    one.stop().await;
    shared_out(here, &[8, 8]).await;
    let four = start(&folder, &tape, "four", patient).await;
    shared_out(here, &[5, 5, 6]).await;
    announcing.await.unwrap();
    emptied(here).await;
    for relay in [two, three, four] {
        relay.stop().await;
    }
    let lines = first_times(&tape);
    assert_eq!(lines.len(), 48);
    for numbers in lines.values() {
        assert_eq!(*numbers, (1..=60).collect::<Vec<_>>());
    }
    // Whoever gives a shard away has deleted what it published: nothing came twice.
    let all = tape.0.lock().unwrap().len();
    assert_eq!(all, 48 * 60);
}

#[tokio::test]
async fn a_killed_relays_shards_go_to_the_others_in_order() {
    if testkit::server(testkit::POSTGRES).is_none() {
        return;
    }
    let folder = TempDir::new().unwrap();
    let here = &database(&folder, "here").await;
    let tape = Tape::default();
    let mut relays = Vec::new();
    for name in ["one", "two", "three"] {
        relays.push(start(&folder, &tape, name, quick()).await);
    }
    shared_out(here, &[5, 5, 6]).await;
    let accounts: Vec<_> = (0..48).map(Uuid::from_u128).collect();
    for n in 1..=30 {
        let round: Vec<_> = accounts.iter().map(|account| step(*account, n)).collect();
        announce(here, &round).await;
        if n % 10 == 0 && relays.len() > 1 {
            relays.remove(0).kill().await;
        }
    }
    emptied(here).await;
    shared_out(here, &[16]).await;
    for relay in relays {
        relay.stop().await;
    }
    let lines = first_times(&tape);
    assert_eq!(lines.len(), 48);
    for numbers in lines.values() {
        assert_eq!(*numbers, (1..=30).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn what_is_committed_late_is_not_skipped() {
    if testkit::server(testkit::POSTGRES).is_none() {
        return;
    }
    let folder = TempDir::new().unwrap();
    let here = database(&folder, "here").await;
    let tape = Tape::default();
    let relay = start(&folder, &tape, "one", quick()).await;
    let (appended, commit) = (&Notify::new(), &Notify::new());
    let late = here.write(|tx| async move {
        outbox::append(&tx, vec![step(Uuid::from_u128(1), 1)]).await?;
        appended.notify_one();
        commit.notified().await;
        Ok::<_, DatabaseError>(())
    });
    let others = async {
        appended.notified().await;
        // Rows with higher ids are published and deleted before the lower one is there.
        for n in 1..=50 {
            announce(&here, &[step(Uuid::from_u128(2), n)]).await;
        }
        until("the others", || async { first_times(&tape).len() == 1 }).await;
        emptied(&here).await;
        commit.notify_one();
    };
    let (late, ()) = tokio::join!(late, others);
    late.unwrap();
    until("the late one", || async { first_times(&tape).len() == 2 }).await;
    emptied(&here).await;
    relay.stop().await;
}

#[tokio::test]
async fn a_commit_in_one_process_wakes_the_relay_of_another() {
    if testkit::server(testkit::POSTGRES).is_none() {
        return;
    }
    let folder = TempDir::new().unwrap();
    let here = database(&folder, "here").await;
    let tape = Tape::default();
    let sleepy = MessagingConfig {
        poll_ms: 600_000,
        delete_after_ms: 600_000,
        lease_ms: 3_600_000,
        ..config()
    };
    let relay = start(&folder, &tape, "one", sleepy).await;
    shared_out(&here, &[16]).await;
    for n in 1..=20 {
        announce(&here, &[step(Uuid::from_u128(1), n)]).await;
        // Far below the time between two polls.
        until("the event", || async {
            first_times(&tape)
                .get(&Uuid::from_u128(1))
                .is_some_and(|line| i64::try_from(line.len()).unwrap() == n)
        })
        .await;
    }
    relay.stop().await;
}

#[tokio::test]
async fn receivers_of_many_replicas_apply_each_event_once() {
    if testkit::server(testkit::POSTGRES).is_none() {
        return;
    }
    let folder = TempDir::new().unwrap();
    let there = database(&folder, "there").await;
    let mut replicas = Vec::new();
    for _ in 0..3 {
        let own = open(&folder, "there").await;
        let fails = fails_times(5);
        let handlers = vec![Writer::sound("a"), Writer::failing("b", move |_| fails())];
        replicas.push(receiver(&own, handlers));
    }
    let retries: Vec<_> = replicas.iter().map(Running::retries).collect();
    let events: Vec<_> = (0..8)
        .flat_map(|account| (1..=10).map(move |n| step(Uuid::from_u128(account), n)))
        .collect();
    // The same batches reach all of them at the same time, as after a rebalance; each is taken again after a failure.
    for batch in events.chunks(20) {
        let all = replicas
            .iter()
            .map(|replica| async { while replica.take(batch).await.is_err() {} });
        futures::future::join_all(all).await;
    }
    until("all effects", || async {
        effects(&there, "b").await.len() >= events.len()
    })
    .await;
    for retrying in retries {
        retrying.stop().await;
    }
    for handler in ["a", "b"] {
        let by_aggregate = by_aggregate(&effects(&there, handler).await);
        assert_eq!(by_aggregate.len(), 8);
        for numbers in by_aggregate.values() {
            assert_eq!(*numbers, (1..=10).collect::<Vec<_>>(), "{handler}");
        }
    }
}

#[tokio::test]
async fn a_long_backlog_is_worked_off_without_reading_it_whole() {
    if testkit::server(testkit::POSTGRES).is_none() {
        return;
    }
    let folder = TempDir::new().unwrap();
    let here = database(&folder, "here").await;
    let plans = testkit::Plans::watch(&here);
    let payload = serde_json::to_string(&step(Uuid::from_u128(1), 1)).unwrap();
    plans
        .fill(&format!(
            "INSERT INTO outbox (shard, event_id, topic, kind, aggregate_id, sequence, appended_at, payload) \
             SELECT n % 16, gen_random_uuid(), 'toys.accounts', 'account.stepped.v1', gen_random_uuid(), 1, n, \
             '{payload}' FROM generate_series(1, 40000) n; \
             INSERT INTO inbox SELECT gen_random_uuid(), 'toys.accounts', 1, gen_random_uuid(), \
             9000000000000 - n FROM generate_series(1, 60000) n; \
             INSERT INTO inbox SELECT gen_random_uuid(), 'toys.accounts', 1, gen_random_uuid(), n \
             FROM generate_series(1, 3000) n; \
             INSERT INTO held_events SELECT 'a', 'toys.accounts', md5((n / 4)::TEXT)::UUID, n % 4, 'a', \
             gen_random_uuid(), 'account.stepped.v1', 0, 1, 9000000000000 + n, n % 3 = 0, 'broken', '{payload}' \
             FROM generate_series(1, 40000) n; \
             INSERT INTO idempotency SELECT 'someone', 'placeOrder', gen_random_uuid(), '', '', 9000000000000 + n \
             FROM generate_series(1, 40000) n"
        ))
        .await;
    let receiver = receiver(&here, vec![Writer::sound("a")]);
    receiver.take(&[step(Uuid::from_u128(1), 1)]).await.unwrap();
    let retrying = Running::retries(&receiver);
    until("old events are forgotten", || async {
        let first = "SELECT 1 FROM inbox WHERE received_at < 4000";
        let row = Statement::from_string(here.backend(), first);
        here.read().query_one_raw(row).await.unwrap().is_none()
    })
    .await;
    retrying.stop().await;
    database::idempotency::prune(&here).await.unwrap();
    let selector = messaging::dead_letters::Selector {
        aggregate_id: Some(Uuid::from_u128(7)),
        ..Default::default()
    };
    messaging::dead_letters::list(here.read(), &selector, 10)
        .await
        .unwrap();
    messaging::dead_letters::replay(&here, &selector)
        .await
        .unwrap();
    let tape = Tape::default();
    let beside = start(&folder, &tape, "beside", quick()).await;
    let relay = Relay::new(
        here.clone(),
        Arc::new(Recorder("here", tape.clone())),
        clock::Clock::system(),
        quick(),
        metrics(),
    );
    let relay = Running::relay(relay.owned_by("here"));
    shared_out(&here, &[8, 8]).await;
    until("some events", || async {
        tape.0
            .lock()
            .unwrap()
            .iter()
            .filter(|(by, _)| *by == "here")
            .count()
            > 200
    })
    .await;
    relay.stop().await;
    beside.stop().await;
    // How many wait and how many are held is counted, now and then, for the metrics; and what waits behind a parked one is
    // looked for when the two counts tell of such.
    plans
        .check_big(&["COUNT(\"id\")", "COUNT(\"event_id\")", "AND EXISTS("])
        .await;
}
