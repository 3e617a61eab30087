//! Relays that die, relays that fail, and two relays on one outbox.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use async_trait::async_trait;
use events::Envelope;
use messaging::{MessagingConfig, Relay, Transport, TransportError, outbox};
use tempfile::TempDir;
use uuid::Uuid;

use crate::toy::*;

#[tokio::test]
async fn a_relay_killed_between_publishing_and_deleting_repeats_harmlessly() {
    let folder = TempDir::new().unwrap();
    let (here, there) = (
        database(&folder, "here").await,
        database(&folder, "there").await,
    );
    let receiver = receiver(&there, vec![Writer::sound("a")]);
    let lazy = MessagingConfig {
        lease_ms: 300,
        delete_batch: 10_000,
        delete_after_ms: 600_000,
        ..config()
    };
    let account = Uuid::from_u128(1);
    for life in 1..=3 {
        let first = Relay::new(
            here.clone(),
            in_process(&receiver),
            clock::Clock::system(),
            lazy.clone(),
            metrics(),
        );
        let running = Running::relay(first);
        announce(
            &here,
            &[step(account, 2 * life - 1), step(account, 2 * life)],
        )
        .await;
        let expected = usize::try_from(2 * life).unwrap();
        until("the effects", || async {
            effects(&there, "a").await.len() == expected
        })
        .await;
        running.kill().await;
        // Everything published still lies in the outbox.
        let pending = outbox::lag(here.read()).await.unwrap().pending;
        assert_eq!(pending, u64::try_from(2 * life).unwrap());
    }
    let running = Running::relay(relay(&here, in_process(&receiver)));
    until("an empty outbox", || async {
        outbox::lag(here.read()).await.unwrap().pending == 0
    })
    .await;
    running.stop().await;
    let numbers: Vec<_> = effects(&there, "a").await.iter().map(|(_, n)| *n).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6]);
}

#[tokio::test]
async fn two_relays_on_one_outbox_never_interleave_an_aggregate() {
    let folder = TempDir::new().unwrap();
    let here = database(&folder, "here").await;
    let tape = Tape::default();
    let start = |name: &'static str| {
        let recorder = Arc::new(Recorder(name, tape.clone()));
        let few = MessagingConfig {
            publish_batch: 7,
            ..config()
        };
        let relay = Relay::new(
            here.clone(),
            recorder,
            clock::Clock::system(),
            few,
            metrics(),
        );
        Running::relay(relay.owned_by(name))
    };
    let (one, two) = (start("one"), start("two"));
    let accounts: Vec<_> = (0..32).map(Uuid::from_u128).collect();
    let mut first = Some(one);
    for n in 1..=12 {
        let round: Vec<_> = accounts.iter().map(|account| step(*account, n)).collect();
        announce(&here, &round).await;
        if n == 6 {
            // The holder ends in the middle of its work, and the other one takes over.
            first.take().unwrap().stop().await;
        }
    }
    until("an empty outbox", || async {
        outbox::lag(here.read()).await.unwrap().pending == 0
    })
    .await;
    two.stop().await;
    let tape = tape.0.lock().unwrap();
    let mut lines: HashMap<Uuid, Vec<i64>> = HashMap::new();
    for (_, event) in tape.iter() {
        lines
            .entry(event.aggregate_id)
            .or_default()
            .push(event.sequence);
    }
    assert_eq!(lines.len(), 32);
    for numbers in lines.values() {
        assert_eq!(*numbers, (1..=12).collect::<Vec<_>>());
    }
}

/// A transport that refuses the first batches.
struct Refusing {
    left: AtomicU32,
    then: Arc<dyn Transport>,
}

#[async_trait]
impl Transport for Refusing {
    async fn publish(&self, batch: &[Envelope]) -> Result<(), TransportError> {
        let refuses = self
            .left
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1))
            .is_ok();
        // What was handed over before the refusal comes again.
        self.then.publish(&batch[..batch.len() / 2]).await?;
        if refuses {
            return Err(TransportError {
                to: "nobody".to_owned(),
                source: "refused".into(),
            });
        }
        self.then.publish(&batch[batch.len() / 2..]).await
    }
}

#[tokio::test]
async fn a_refused_batch_is_published_again_and_nothing_is_lost() {
    let folder = TempDir::new().unwrap();
    let (here, there) = (
        database(&folder, "here").await,
        database(&folder, "there").await,
    );
    let receiver = receiver(&there, vec![Writer::sound("a")]);
    let refusing = Arc::new(Refusing {
        left: AtomicU32::new(2),
        then: in_process(&receiver),
    });
    let account = Uuid::from_u128(1);
    let events: Vec<_> = (1..=9).map(|n| step(account, n)).collect();
    announce(&here, &events).await;
    let running = Running::relay(relay(&here, refusing));
    until("all effects", || async {
        effects(&there, "a").await.len() == 9
    })
    .await;
    running.stop().await;
    let numbers: Vec<_> = effects(&there, "a").await.iter().map(|(_, n)| *n).collect();
    assert_eq!(numbers, (1..=9).collect::<Vec<_>>());
}
