//! Repetition and order.

use std::sync::Arc;

use messaging::{dead_letters, outbox};
use tempfile::TempDir;
use uuid::Uuid;

use crate::toy::*;

#[tokio::test]
async fn each_event_delivered_twice_takes_effect_once() {
    let folder = TempDir::new().unwrap();
    let database = database(&folder, "there").await;
    let receiver = receiver(&database, vec![Writer::sound("a"), Writer::sound("b")]);
    let account = Uuid::from_u128(1);
    let events: Vec<_> = (1..=20).map(|n| step(account, n)).collect();
    // Twice in one batch, again alone, and again all together.
    let doubled: Vec<_> = events.iter().flat_map(|e| [e.clone(), e.clone()]).collect();
    receiver.receive(&doubled).await.unwrap();
    for event in &events {
        receiver.receive(std::slice::from_ref(event)).await.unwrap();
    }
    receiver.receive(&events).await.unwrap();
    for handler in ["a", "b"] {
        let effects = effects(&database, handler).await;
        let numbers: Vec<_> = effects.iter().map(|(_, n)| *n).collect();
        assert_eq!(numbers, (1..=20).collect::<Vec<_>>());
    }
    let held = dead_letters::list(database.read(), &dead_letters::Selector::default(), 10).await;
    assert_eq!(held.unwrap(), []);
}

#[tokio::test]
async fn shuffled_across_aggregates_each_keeps_its_order() {
    let folder = TempDir::new().unwrap();
    let database = database(&folder, "there").await;
    let receiver = receiver(&database, vec![Writer::sound("a")]);
    let accounts: Vec<_> = (0..40).map(Uuid::from_u128).collect();
    let mut lines: Vec<Vec<_>> = accounts
        .iter()
        .map(|account| (1..=10).rev().map(|n| step(*account, n)).collect())
        .collect();
    // A fixed "random" walk over the aggregates; each event is followed by a repetition of an earlier one.
    let (mut shuffled, mut state) = (Vec::new(), 12_345_u64);
    while lines.iter().any(|line| !line.is_empty()) {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let index = usize::try_from(state >> 33).unwrap();
        let line = index % lines.len();
        if let Some(event) = lines[line].pop() {
            shuffled.push(event);
            shuffled.push(shuffled[index % shuffled.len()].clone());
        }
    }
    for batch in shuffled.chunks(37) {
        receiver.receive(batch).await.unwrap();
    }
    let effects = by_aggregate(&effects(&database, "a").await);
    assert_eq!(effects.len(), accounts.len());
    for numbers in effects.values() {
        assert_eq!(*numbers, (1..=10).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn a_broken_order_is_parked_and_never_applied_silently() {
    let folder = TempDir::new().unwrap();
    let database = database(&folder, "there").await;
    let receiver = receiver(&database, vec![Writer::sound("a")]);
    let (account, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let late = step(account, 2);
    receiver
        .receive(&[
            step(account, 1),
            step(account, 3),
            late.clone(),
            step(other, 1),
        ])
        .await
        .unwrap();
    // Its repetition changes nothing, and what follows waits behind it.
    receiver
        .receive(&[late.clone(), step(account, 4)])
        .await
        .unwrap();
    let effects_now = effects(&database, "a").await;
    assert_eq!(effects_now, [(account, 1), (account, 3), (other, 1)]);
    let all = dead_letters::Selector::default();
    let held = dead_letters::list(database.read(), &all, 10).await.unwrap();
    let numbers: Vec<_> = held.iter().map(|letter| letter.sequence).collect();
    assert_eq!(numbers, [2, 4]);
    assert!(
        held[0]
            .error
            .as_ref()
            .unwrap()
            .contains("came after its event 3")
    );

    // Dropped by someone who has looked at it: what waited behind it goes on.
    let running = Running::retries(&receiver);
    assert!(
        dead_letters::discard(&database, "a", late.id)
            .await
            .unwrap()
    );
    until("event 4", || async {
        effects(&database, "a").await.len() == 4
    })
    .await;
    running.stop().await;
    assert_eq!(effects(&database, "a").await[3], (account, 4));
}

#[tokio::test]
async fn a_sequence_number_is_taken_once() {
    let folder = TempDir::new().unwrap();
    let database = &database(&folder, "here").await;
    let account = Uuid::from_u128(1);
    announce(database, &[step(account, 1)]).await;
    let twin = &step(account, 1);
    let refused = database
        .write(|tx| async move { outbox::append(&tx, vec![twin.clone()]).await })
        .await;
    assert!(refused.unwrap_err().is_duplicate());
    assert_eq!(outbox::lag(database.read()).await.unwrap().pending, 1);
}

#[tokio::test]
async fn from_one_outbox_to_another_database() {
    let folder = TempDir::new().unwrap();
    let (here, there) = (
        database(&folder, "here").await,
        database(&folder, "there").await,
    );
    let receiver = receiver(&there, vec![Writer::sound("a"), Writer::sound("b")]);
    let relay = Running::relay(relay(&here, in_process(&receiver)));
    let accounts: Vec<_> = (0..50).map(Uuid::from_u128).collect();
    for n in 1..=6 {
        let round: Vec<_> = accounts.iter().map(|account| step(*account, n)).collect();
        announce(&here, &round).await;
    }
    let here = Arc::new(here);
    until("an empty outbox", || async {
        outbox::lag(here.read()).await.unwrap().pending == 0
    })
    .await;
    relay.stop().await;
    for handler in ["a", "b"] {
        let effects = by_aggregate(&effects(&there, handler).await);
        assert_eq!(effects.len(), 50);
        assert!(
            effects
                .values()
                .all(|numbers| *numbers == [1, 2, 3, 4, 5, 6])
        );
    }
}

#[tokio::test]
async fn a_batch_costs_one_transaction_and_two_statements_of_ours() {
    let folder = TempDir::new().unwrap();
    let (here, there) = (
        database(&folder, "here").await,
        database(&folder, "there").await,
    );
    let receiver = receiver(&there, vec![Writer::sound("a")]);
    let batch: Vec<_> = (0..10).map(|n| step(Uuid::from_u128(n), 1)).collect();
    let (before, ours) = (there.stats(), here.stats());
    announce(&here, &batch).await;
    receiver.receive(&batch).await.unwrap();
    let (after, announced) = (there.stats(), here.stats());
    assert_eq!(announced.transactions - ours.transactions, 1);
    assert_eq!(announced.statements - ours.statements, 1);
    assert_eq!(after.transactions - before.transactions, 1);
    // The toy handler's own raw statements are not counted.
    assert_eq!(after.statements - before.statements, 2);
    // Events that nobody here takes cost nothing.
    let mut unknown = step(Uuid::from_u128(99), 1);
    unknown.kind = "account.renamed.v1".to_owned();
    receiver.receive(&[unknown]).await.unwrap();
    assert_eq!(there.stats(), after);
}

#[tokio::test]
async fn the_inbox_forgets_what_is_old() {
    let folder = TempDir::new().unwrap();
    let database = database(&folder, "there").await;
    let events: Vec<_> = (1..=5).map(|n| step(Uuid::from_u128(7), n)).collect();
    let then = clock::Clock::manual(
        clock::Clock::system()
            .now()
            .minus(std::time::Duration::from_hours(24 * 30)),
    );
    let early = messaging::Receiver::new(
        database.clone(),
        vec![Writer::sound("a")],
        then,
        config(),
        metrics(),
    );
    early.receive(&events).await.unwrap();
    let receiver = receiver(&database, vec![Writer::sound("a")]);
    receiver
        .receive(&[step(Uuid::from_u128(8), 1)])
        .await
        .unwrap();
    let running = Running::retries(&receiver);
    until("a cleared inbox", || async {
        inbox_size(&database).await == 1
    })
    .await;
    running.stop().await;
}

async fn inbox_size(database: &database::Database) -> i64 {
    use sea_orm::ConnectionTrait;
    let query =
        sea_orm::Statement::from_string(database.backend(), "SELECT COUNT(*) AS n FROM inbox");
    let row = database.read().query_one_raw(query).await.unwrap().unwrap();
    row.try_get("", "n").unwrap()
}
