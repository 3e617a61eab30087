//! Keeps answers, in memory or in Redis.
//!
//! Each answer carries the generation that it was read in, and is served only while that is the present one. Whoever
//! reads notes the generation before; a change of the catalogue makes a new one. So an answer that was read before a
//! change is never served after it, however late it is stored.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use clock::Clock;
use moka::sync::Cache;
use redis::Value;

use super::asked::Key;
use crate::{
    config::{ResponseCacheConfig, ms},
    shared::Shared,
};

/// The key of the present generation in Redis.
const GENERATION: &str = "emporium:answers:generation";

/// One kept answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) content_type: String,
    pub(super) body: Bytes,
}

/// What is between two changes of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Generation {
    Memory(u64),
    Redis(Vec<u8>),
}

pub(super) enum Look {
    Hit(Entry),
    Miss(Generation),
}

pub(super) enum Store {
    Memory {
        entries: Cache<Key, Arc<(u64, Entry)>>,
        generation: AtomicU64,
    },
    Redis(Remote),
}

/// Redis, and whether it knows of all changes that we know of.
pub(super) struct Remote {
    shared: Arc<Shared>,
    clock: Clock,
    ttl: Duration,
    /// Changes that were heard of.
    heard: AtomicU64,
    /// Those of them that Redis knows.
    told: AtomicU64,
    /// The connection that it was told on. What a Redis knew that was away may be lost.
    on: AtomicU64,
}

impl Store {
    pub(super) fn memory(settings: &ResponseCacheConfig) -> Self {
        let weigh = |_: &Key, kept: &Arc<(u64, Entry)>| {
            let bytes = kept.1.body.len() + kept.1.content_type.len() + 128;
            u32::try_from(bytes).unwrap_or(u32::MAX)
        };
        Self::Memory {
            entries: Cache::builder()
                .weigher(weigh)
                .max_capacity(settings.max_bytes)
                .time_to_live(ms(settings.ttl_ms))
                .build(),
            generation: AtomicU64::new(0),
        }
    }

    pub(super) fn redis(shared: Arc<Shared>, clock: Clock, settings: &ResponseCacheConfig) -> Self {
        Self::Redis(Remote {
            shared,
            clock,
            ttl: ms(settings.ttl_ms),
            heard: AtomicU64::new(1),
            told: AtomicU64::new(0),
            on: AtomicU64::new(0),
        })
    }

    /// Nothing when answers can be neither found nor kept at the moment.
    pub(super) async fn look(&self, key: &Key) -> Option<Look> {
        match self {
            Self::Memory {
                entries,
                generation,
            } => {
                let present = generation.load(Ordering::Acquire);
                let kept = entries.get(key).filter(|kept| kept.0 == present);
                Some(match kept {
                    Some(kept) => Look::Hit(kept.1.clone()),
                    None => Look::Miss(Generation::Memory(present)),
                })
            }
            Self::Redis(remote) => remote.look(key).await,
        }
    }

    pub(super) async fn keep(&self, key: Key, read_in: Generation, entry: Entry) {
        match (self, read_in) {
            (Self::Memory { entries, .. }, Generation::Memory(read_in)) => {
                entries.insert(key, Arc::new((read_in, entry)));
            }
            (Self::Redis(remote), Generation::Redis(read_in)) => {
                remote.keep(&key, &read_in, &entry).await;
            }
            _ => {}
        }
    }

    pub(super) async fn forget(&self) {
        match self {
            Self::Memory {
                entries,
                generation,
            } => {
                generation.fetch_add(1, Ordering::AcqRel);
                entries.invalidate_all();
            }
            Self::Redis(remote) => {
                remote.heard.fetch_add(1, Ordering::AcqRel);
                // When Redis cannot be told now, it is before anybody looks into it again.
                remote.tell().await;
            }
        }
    }
}

impl Remote {
    /// Makes Redis know of all changes that were heard of. False when it cannot be told.
    async fn tell(&self) -> bool {
        let Some(connection) = self.shared.number() else {
            return false;
        };
        let heard = self.heard.load(Ordering::Acquire);
        if self.told.load(Ordering::Acquire) >= heard
            && self.on.load(Ordering::Acquire) == connection
        {
            return true;
        }
        let mut command = redis::cmd("SET");
        // Never one that was there before, not even in a Redis that comes back with what it knew an hour ago.
        command
            .arg(GENERATION)
            .arg(self.clock.id().into_bytes().as_slice());
        if self.shared.command(&command).await.is_none() {
            return false;
        }
        self.told.fetch_max(heard, Ordering::AcqRel);
        self.on.store(connection, Ordering::Release);
        true
    }

    async fn look(&self, key: &Key) -> Option<Look> {
        if !self.tell().await {
            return None;
        }
        let mut command = redis::cmd("MGET");
        command.arg(GENERATION).arg(name(key));
        let Value::Array(found) = self.shared.command(&command).await? else {
            return None;
        };
        let mut found = found.into_iter();
        let Some(Value::BulkString(present)) = found.next() else {
            // Redis had no room for it, most likely.
            self.heard.fetch_add(1, Ordering::AcqRel);
            return None;
        };
        if let Some(Value::BulkString(kept)) = found.next()
            && let Some(entry) = kept.strip_prefix(present.as_slice()).and_then(unpack)
        {
            return Some(Look::Hit(entry));
        }
        Some(Look::Miss(Generation::Redis(present)))
    }

    async fn keep(&self, key: &Key, read_in: &[u8], entry: &Entry) {
        let Some(packed) = pack(read_in, entry) else {
            return;
        };
        let ttl = u64::try_from(self.ttl.as_millis())
            .unwrap_or(u64::MAX)
            .max(1);
        let mut command = redis::cmd("SET");
        command.arg(name(key)).arg(packed).arg("PX").arg(ttl);
        // Not kept is not kept.
        let _ = self.shared.command(&command).await;
    }
}

fn name(key: &Key) -> Vec<u8> {
    [b"emporium:answer:".as_slice(), key].concat()
}

/// The generation, the length of the content type, the content type, the body.
fn pack(generation: &[u8], entry: &Entry) -> Option<Vec<u8>> {
    let length = u8::try_from(entry.content_type.len()).ok()?;
    Some(
        [
            generation,
            &[length],
            entry.content_type.as_bytes(),
            &entry.body,
        ]
        .concat(),
    )
}

fn unpack(packed: &[u8]) -> Option<Entry> {
    let (length, rest) = packed.split_first()?;
    let (content_type, body) = rest.split_at_checked(usize::from(*length))?;
    Some(Entry {
        content_type: std::str::from_utf8(content_type).ok()?.to_owned(),
        body: Bytes::copy_from_slice(body),
    })
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    fn entry(body: &'static str) -> Entry {
        Entry {
            content_type: "application/json".to_owned(),
            body: Bytes::from_static(body.as_bytes()),
        }
    }

    fn store() -> Store {
        Store::memory(&ResponseCacheConfig {
            place: crate::config::CachePlace::Memory,
            ttl_ms: 60_000,
            max_bytes: 10_000,
            max_entry_bytes: 1_000,
        })
    }

    fn look(store: &Store) -> Look {
        store.look(&[7; 32]).now_or_never().unwrap().unwrap()
    }

    fn miss(store: &Store) -> Generation {
        match look(store) {
            Look::Miss(generation) => generation,
            Look::Hit(entry) => panic!("{entry:?}"),
        }
    }

    #[test]
    fn an_answer_read_before_a_change_is_not_served_after_it_however_late_it_is_stored() {
        let store = store();
        let before = miss(&store);
        store
            .keep([7; 32], before.clone(), entry("old"))
            .now_or_never()
            .unwrap();
        assert!(matches!(look(&store), Look::Hit(found) if found == entry("old")));
        store.forget().now_or_never().unwrap();
        let present = miss(&store);
        assert_ne!(present, before);
        store
            .keep([7; 32], before, entry("old"))
            .now_or_never()
            .unwrap();
        assert_eq!(miss(&store), present);
        store
            .keep([7; 32], present, entry("new"))
            .now_or_never()
            .unwrap();
        assert!(matches!(look(&store), Look::Hit(found) if found == entry("new")));
    }

    #[test]
    fn entries_pack() {
        let packed = pack(&[1; 16], &entry("{}")).unwrap();
        let rest = packed.strip_prefix(&[1_u8; 16]).unwrap();
        assert_eq!(unpack(rest), Some(entry("{}")));
        assert_eq!(unpack(&[]), None);
        assert_eq!(unpack(&[9, b'a']), None);
    }
}
