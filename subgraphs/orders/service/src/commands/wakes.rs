//! Wake-ups: whoever watches an order or a session is told that there may be news. A wake-up says nothing else; what the
//! news is, the tables say.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{sync::watch, time::Instant};
use uuid::Uuid;

/// Who waits in this process. Cheap to clone; clones share the watchers.
#[derive(Clone, Default)]
pub(crate) struct Wakes {
    /// Of orders: something happened to them.
    pub(crate) orders: Watchers,
    /// Of sessions: they were ended.
    pub(crate) sessions: Watchers,
    /// When somebody last looked for what wake-ups may have been lost, and whose turn it is.
    pub(super) looked: Arc<tokio::sync::Mutex<Option<Instant>>>,
}

/// Who watches what.
#[derive(Clone, Default)]
pub(crate) struct Watchers(Arc<Mutex<HashMap<Uuid, Watched>>>);

struct Watched {
    bell: watch::Sender<()>,
    /// The latest version that everybody who watches has seen, or was woken for.
    version: i64,
}

/// Woken each time something happens to what is watched; stops watching when dropped.
pub(crate) struct Watch {
    watchers: Watchers,
    id: Uuid,
    news: watch::Receiver<()>,
}

impl Watchers {
    /// Watches from now on.
    pub(crate) fn watch(&self, id: Uuid) -> Watch {
        let news = self
            .lock()
            .entry(id)
            .or_insert_with(|| Watched {
                bell: watch::Sender::new(()),
                version: 0,
            })
            .bell
            .subscribe();
        Watch {
            watchers: self.clone(),
            id,
            news,
        }
    }

    /// Wakes whoever watches `id`.
    pub(crate) fn wake(&self, id: Uuid) {
        if let Some(watched) = self.lock().get(&id) {
            watched.bell.send_replace(());
        }
    }

    /// Everything that is watched.
    pub(super) fn watched(&self) -> Vec<Uuid> {
        self.lock().keys().copied().collect()
    }

    /// Wakes whoever watches `id`, once for a version, whichever way it is told of: by the commit, by the event, by a look.
    pub(crate) fn wake_for(&self, id: Uuid, version: i64) {
        if let Some(watched) = self.lock().get_mut(&id)
            && watched.version < version
        {
            watched.version = version;
            watched.bell.send_replace(());
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Uuid, Watched>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watch {
    /// Waits for the next wake-up; one that came since the last call counts.
    pub(crate) async fn news(&mut self) {
        if self.news.changed().await.is_err() {
            // The sender lives as long as a watch does, so this cannot be; waiting is then the look-out's business.
            std::future::pending::<()>().await;
        }
    }

    /// Says which version was seen, which saves wake-ups for it. It says nothing of others who watch the same.
    pub(crate) fn saw(&self, version: i64) {
        if let Some(watched) = self.watchers.lock().get_mut(&self.id)
            && watched.bell.receiver_count() == 1
        {
            watched.version = watched.version.max(version);
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut all = self.watchers.lock();
        // This watch is still counted.
        if all
            .get(&self.id)
            .is_some_and(|watched| watched.bell.receiver_count() <= 1)
        {
            all.remove(&self.id);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[tokio::test]
    async fn a_wake_up_before_the_wait_counts_and_nothing_is_left_behind() {
        let watchers = Watchers::default();
        let (mut first, mut second) = (watchers.watch(Uuid::nil()), watchers.watch(Uuid::nil()));
        watchers.wake(Uuid::nil());
        watchers.wake(Uuid::max());
        first.news().await;
        second.news().await;
        drop(first);
        assert_eq!(watchers.watched(), [Uuid::nil()]);
        drop(second);
        assert!(watchers.watched().is_empty());
    }

    #[tokio::test]
    async fn a_version_wakes_once() {
        let watchers = Watchers::default();
        let mut watch = watchers.watch(Uuid::nil());
        for (version, woken) in [(1, true), (1, false), (3, true), (2, false)] {
            watchers.wake_for(Uuid::nil(), version);
            assert_eq!(watch.news().now_or_never().is_some(), woken, "{version}");
        }
    }

    #[tokio::test]
    async fn what_the_only_one_who_watches_has_seen_is_no_news() {
        let watchers = Watchers::default();
        let mut one = watchers.watch(Uuid::nil());
        one.saw(1);
        watchers.wake_for(Uuid::nil(), 1);
        assert!(one.news().now_or_never().is_none());
        let other = watchers.watch(Uuid::nil());
        other.saw(2);
        watchers.wake_for(Uuid::nil(), 2);
        assert!(one.news().now_or_never().is_some(), "nobody has told it");
    }
}
