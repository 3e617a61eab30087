//! One conversation with the provider at a time about each payment, in this process. It saves calls; what makes
//! them right are the idempotency keys.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::OwnedMutexGuard;
use uuid::Uuid;

type Lock = Arc<tokio::sync::Mutex<()>>;

/// Who talks about which payment.
#[derive(Clone, Default)]
pub(crate) struct Turns(Arc<Mutex<HashMap<Uuid, Lock>>>);

/// The right to talk about one payment, until it is dropped.
pub(crate) struct Turn {
    turns: Turns,
    payment_id: Uuid,
    held: Option<OwnedMutexGuard<()>>,
}

impl Turns {
    /// Waits for the turn to talk about a payment.
    pub(crate) async fn take(&self, payment_id: Uuid) -> Turn {
        let lock = Arc::clone(self.locks().entry(payment_id).or_default());
        // Made before the wait, so that a wait that is given up leaves nothing behind either.
        let mut turn = Turn {
            turns: self.clone(),
            payment_id,
            held: None,
        };
        turn.held = Some(lock.lock_owned().await);
        turn
    }

    fn locks(&self) -> MutexGuard<'_, HashMap<Uuid, Lock>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut locks = self.turns.locks();
        self.held = None;
        if locks
            .get(&self.payment_id)
            .is_some_and(|lock| Arc::strong_count(lock) == 1)
        {
            locks.remove(&self.payment_id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_at_a_time_and_nothing_is_left() {
        let turns = Turns::default();
        let turn = turns.take(Uuid::nil()).await;
        let second = tokio::spawn({
            let turns = turns.clone();
            async move { turns.take(Uuid::nil()).await }
        });
        let other = turns.take(Uuid::max()).await;
        tokio::task::yield_now().await;
        assert!(!second.is_finished());
        {
            let mut given_up = std::pin::pin!(turns.take(Uuid::nil()));
            assert!(futures::poll!(&mut given_up).is_pending());
        }
        drop(turn);
        drop(second.await.unwrap());
        drop(other);
        assert!(turns.locks().is_empty());
    }
}
