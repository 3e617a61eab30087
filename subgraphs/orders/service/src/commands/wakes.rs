//! Wake-ups: whoever watches an order or a session is told that there may be news. A wake-up says nothing else; what the
//! news is, the tables say.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::watch;
use uuid::Uuid;

/// Who watches what. Cheap to clone; clones share the watchers.
#[derive(Clone, Default)]
pub(crate) struct Wakes(Arc<Mutex<HashMap<Uuid, watch::Sender<()>>>>);

/// Woken each time something happens to what is watched; stops watching when dropped.
pub(crate) struct Watch {
    wakes: Wakes,
    id: Uuid,
    news: watch::Receiver<()>,
}

impl Wakes {
    /// Watches an order or a session from now on.
    pub(crate) fn watch(&self, id: Uuid) -> Watch {
        let news = self
            .lock()
            .entry(id)
            .or_insert_with(|| watch::Sender::new(()))
            .subscribe();
        Watch {
            wakes: self.clone(),
            id,
            news,
        }
    }

    /// Wakes whoever watches `id`.
    pub(crate) fn wake(&self, id: Uuid) {
        if let Some(watchers) = self.lock().get(&id) {
            watchers.send_replace(());
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Uuid, watch::Sender<()>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watch {
    /// Waits for the next wake-up; one that came since the last call counts.
    pub(crate) async fn news(&mut self) {
        if self.news.changed().await.is_err() {
            // The sender lives as long as a watch does, so this cannot be; waiting is then the poll's business.
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut all = self.wakes.lock();
        // This watch is still counted.
        if all
            .get(&self.id)
            .is_some_and(|watchers| watchers.receiver_count() <= 1)
        {
            all.remove(&self.id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_wake_up_before_the_wait_counts_and_nothing_is_left_behind() {
        let wakes = Wakes::default();
        let (mut first, mut second) = (wakes.watch(Uuid::nil()), wakes.watch(Uuid::nil()));
        wakes.wake(Uuid::nil());
        wakes.wake(Uuid::max());
        first.news().await;
        second.news().await;
        drop(first);
        assert_eq!(wakes.lock().len(), 1);
        drop(second);
        assert!(wakes.lock().is_empty());
    }
}
