//! Handlers that fail.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU32, Ordering},
};

use messaging::{HandlerError, dead_letters};
use tempfile::TempDir;
use uuid::Uuid;

use crate::toy::*;

#[tokio::test]
async fn a_handler_that_fails_five_times_then_works() {
    let folder = TempDir::new().unwrap();
    let database = database(&folder, "there").await;
    let (sick, sound) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let fails = fails_times(5);
    let tries = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&tries);
    let receiver = receiver(
        &database,
        vec![
            Writer::failing("shaky", move |event| {
                if event.aggregate_id == sick && event.sequence == 1 {
                    counted.fetch_add(1, Ordering::SeqCst);
                    return fails();
                }
                Ok(())
            }),
            Writer::sound("steady"),
        ],
    );
    receiver.receive(&[step(sick, 1)]).await.unwrap();
    receiver
        .receive(&[step(sound, 1), step(sick, 2), step(sound, 2), step(sick, 3)])
        .await
        .unwrap();
    // The other aggregate and the other handler are not held up.
    assert_eq!(effects(&database, "shaky").await, [(sound, 1), (sound, 2)]);
    assert_eq!(effects(&database, "steady").await.len(), 5);

    let running = Running::retries(&receiver);
    until("all effects", || async {
        effects(&database, "shaky").await.len() == 5
    })
    .await;
    running.stop().await;
    let mine = by_aggregate(&effects(&database, "shaky").await);
    assert_eq!(mine[&sick], [1, 2, 3]);
    assert!(tries.load(Ordering::SeqCst) >= 6);
    assert_eq!(effects(&database, "steady").await.len(), 5);
    // The way is free again: the next event is handled at once.
    receiver.receive(&[step(sick, 4)]).await.unwrap();
    assert_eq!(effects(&database, "shaky").await.last(), Some(&(sick, 4)));
}

#[tokio::test]
async fn a_handler_that_never_works_is_parked_with_what_follows_until_a_replay() {
    let folder = TempDir::new().unwrap();
    let database = database(&folder, "there").await;
    let (sick, sound) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let broken = Arc::new(AtomicBool::new(true));
    let switch = Arc::clone(&broken);
    let receiver = receiver(
        &database,
        vec![Writer::failing("broken", move |event| {
            if event.aggregate_id == sick && switch.load(Ordering::SeqCst) {
                return Err(HandlerError::retry("still broken"));
            }
            Ok(())
        })],
    );
    let running = Running::retries(&receiver);
    receiver
        .receive(&[step(sick, 1), step(sick, 2), step(sound, 1)])
        .await
        .unwrap();
    let parked = dead_letters::Selector::default();
    let list = || dead_letters::list(database.read(), &parked, 10);
    until("two parked events", || async {
        list().await.unwrap().len() == 2
    })
    .await;
    // Later ones park behind; others go on.
    receiver
        .receive(&[step(sick, 3), step(sound, 2)])
        .await
        .unwrap();
    let letters = list().await.unwrap();
    let numbers: Vec<_> = letters.iter().map(|letter| letter.sequence).collect();
    assert_eq!(numbers, [1, 2, 3]);
    assert_eq!(letters[0].attempts, 8);
    assert_eq!(letters[0].error.as_deref(), Some("still broken"));
    assert_eq!(letters[1].attempts, 0);
    assert_eq!(effects(&database, "broken").await, [(sound, 1), (sound, 2)]);

    // Mended: a replay of any one of them takes all, in order, once.
    broken.store(false, Ordering::SeqCst);
    let last = dead_letters::Selector {
        event_id: Some(letters[2].event_id),
        ..dead_letters::Selector::default()
    };
    assert_eq!(dead_letters::replay(&database, &last).await.unwrap(), 3);
    until("the replay", || async {
        effects(&database, "broken").await.len() == 5
    })
    .await;
    running.stop().await;
    assert_eq!(
        by_aggregate(&effects(&database, "broken").await)[&sick],
        [1, 2, 3]
    );
    assert_eq!(list().await.unwrap(), []);
}

#[tokio::test]
async fn what_cannot_work_is_parked_at_once_and_a_panic_is_a_failure() {
    let folder = TempDir::new().unwrap();
    let database = database(&folder, "there").await;
    let receiver = receiver(
        &database,
        vec![
            Writer::failing("hopeless", |_| Err(HandlerError::park("never"))),
            Writer::failing("panics", |_| panic!("on purpose")),
            Writer::sound("steady"),
        ],
    );
    let account = Uuid::from_u128(1);
    receiver
        .receive(&[step(account, 1), step(account, 2)])
        .await
        .unwrap();
    assert_eq!(
        effects(&database, "steady").await,
        [(account, 1), (account, 2)]
    );
    let all = dead_letters::Selector {
        waiting: true,
        ..dead_letters::Selector::default()
    };
    let letters = dead_letters::list(database.read(), &all, 10).await.unwrap();
    let found: Vec<_> = letters
        .iter()
        .map(|letter| (letter.handler.as_str(), letter.sequence, letter.parked))
        .collect();
    assert_eq!(
        found,
        [
            ("hopeless", 1, true),
            ("hopeless", 2, true),
            ("panics", 1, false),
            ("panics", 2, false)
        ]
    );
}

#[tokio::test]
async fn handlers_of_one_lane_wait_for_one_another() {
    let folder = TempDir::new().unwrap();
    let database = database(&folder, "there").await;
    let fails = fails_times(3);
    let handlers: Vec<Box<dyn messaging::Handler>> = vec![
        Box::new(Writer {
            name: "first",
            lane: "shared",
            fails: Box::new(move |event| if event.sequence == 1 { fails() } else { Ok(()) }),
        }),
        Box::new(Writer {
            name: "second",
            lane: "shared",
            fails: Box::new(|_| Ok(())),
        }),
    ];
    let receiver = receiver(&database, handlers);
    let account = Uuid::from_u128(1);
    receiver
        .receive(&[step(account, 1), step(account, 2)])
        .await
        .unwrap();
    // Event 1 was fine for the second handler; event 2 waits for both.
    assert_eq!(effects(&database, "second").await, [(account, 1)]);
    let running = Running::retries(&receiver);
    until("both", || async {
        effects(&database, "second").await.len() == 2
    })
    .await;
    until("both", || async {
        effects(&database, "first").await.len() == 2
    })
    .await;
    running.stop().await;
    assert_eq!(
        effects(&database, "first").await,
        [(account, 1), (account, 2)]
    );
}

#[tokio::test]
async fn many_aggregates_with_random_failures_all_arrive_in_order() {
    let folder = TempDir::new().unwrap();
    let (here, there) = (
        database(&folder, "here").await,
        database(&folder, "there").await,
    );
    let chance = clock::Clock::system();
    let receiver = receiver(
        &there,
        vec![Writer::failing("shaky", move |_| {
            if chance.fraction() < 0.1 {
                Err(HandlerError::retry("bad luck"))
            } else {
                Ok(())
            }
        })],
    );
    let retries = Running::retries(&receiver);
    let relay = Running::relay(relay(&here, in_process(&receiver)));
    let accounts: Vec<_> = (0..20).map(Uuid::from_u128).collect();
    for n in 1..=10 {
        let round: Vec<_> = accounts.iter().map(|account| step(*account, n)).collect();
        announce(&here, &round).await;
    }
    until("all effects", || async {
        effects(&there, "shaky").await.len() == 200
    })
    .await;
    relay.stop().await;
    retries.stop().await;
    let effects = by_aggregate(&effects(&there, "shaky").await);
    for numbers in effects.values() {
        assert_eq!(*numbers, (1..=10).collect::<Vec<_>>());
    }
}
