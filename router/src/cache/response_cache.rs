//! Finds and keeps answers.

use std::sync::Arc;

use bytes::Bytes;
use clock::Clock;
use hive_router::ntex::http::HeaderMap;
use identity::{Scope, Viewer};
use moka::sync::Cache;

use super::{
    asked::{Asked, Key},
    store::{Entry, Generation, Look, Store},
};
use crate::{
    config::{CachePlace, RouterConfig},
    metrics::Metrics,
    news::News,
    shared::Shared,
};

/// The cache.
pub(crate) struct ResponseCache {
    store: Store,
    /// Of documents seen before: the operation's name where the answer may be kept, nothing where not.
    documents: Cache<Key, Option<Arc<str>>>,
    news: Arc<News>,
    metrics: Arc<Metrics>,
    most: usize,
}

/// An answer that was kept.
pub(crate) struct Kept {
    pub(crate) operation: Arc<str>,
    pub(crate) content_type: String,
    pub(crate) body: Bytes,
}

/// What came of looking for a request.
pub(crate) enum Found {
    /// The answer.
    Kept(Kept),
    /// None; this is what it takes to keep the one that comes.
    Missing(Place),
}

/// Where an answer may be kept that is still to come.
pub(crate) struct Place {
    asked: Asked,
    /// The generation that it was read in, for documents that are known to be public.
    generation: Option<Generation>,
}

impl ResponseCache {
    /// Nothing when no answers are to be kept, or when nobody would say what changed.
    pub(crate) fn new(
        config: &RouterConfig,
        shared: Option<&Arc<Shared>>,
        news: Option<&Arc<News>>,
        metrics: &Arc<Metrics>,
        clock: &Clock,
    ) -> Option<Arc<Self>> {
        let settings = &config.response_cache;
        let store = match (settings.place, shared) {
            (CachePlace::None, _) => return None,
            (CachePlace::Redis, Some(shared)) => {
                Store::redis(Arc::clone(shared), clock.clone(), settings)
            }
            (CachePlace::Memory | CachePlace::Redis, _) => Store::memory(settings),
        };
        let Some(news) = news else {
            tracing::warn!(
                "no answers are kept, since no events come here that would empty the cache"
            );
            return None;
        };
        let cache = Arc::new(Self {
            store,
            documents: Cache::new(config.caches.operations),
            news: Arc::clone(news),
            metrics: Arc::clone(metrics),
            most: settings.max_entry_bytes,
        });
        news.attach(Arc::clone(&cache));
        Some(cache)
    }

    /// Looks for a kept answer. Nothing when this request's answer is not one to keep.
    pub(crate) async fn find(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        viewer: &Viewer,
    ) -> Option<Found> {
        if !self.news.is_listening() || sees_more(viewer) {
            return None;
        }
        let asked = Asked::read(headers, body)?;
        let Some(known) = self.documents.get(&asked.document) else {
            return Some(Found::Missing(Place {
                asked,
                generation: None,
            }));
        };
        let operation = known?;
        match self.store.look(&asked.key).await? {
            Look::Hit(entry) => {
                self.metrics.cache("hit");
                Some(Found::Kept(Kept {
                    operation,
                    content_type: entry.content_type,
                    body: entry.body,
                }))
            }
            Look::Miss(generation) => {
                self.metrics.cache("miss");
                Some(Found::Missing(Place {
                    asked,
                    generation: Some(generation),
                }))
            }
        }
    }

    /// Notes whether a document's answers may be kept; `operation` is the operation's name if so.
    pub(crate) fn learn(&self, place: &Place, operation: Option<&str>) {
        if place.generation.is_none() {
            self.documents
                .insert(place.asked.document, operation.map(Arc::from));
        }
    }

    /// Keeps an answer that has no errors.
    pub(crate) async fn keep(&self, place: Place, content_type: &str, body: &[u8]) {
        let Some(generation) = place.generation else {
            return;
        };
        // hive-router writes `data` first, and `errors` only when there are some.
        let whole = body.starts_with(b"{\"data\":{") && !holds_errors(body);
        if whole && body.len() <= self.most {
            let entry = Entry {
                content_type: content_type.to_owned(),
                body: Bytes::copy_from_slice(body),
            };
            self.store.keep(place.asked.key, generation, entry).await;
        }
    }

    /// Forgets everything, and that which is being read at this moment with it.
    pub(crate) async fn forget(&self) {
        self.metrics.cache("emptied");
        self.store.forget().await;
    }
}

/// Whoever works on the catalogue sees it as it is, always: staff read what they just wrote, and more of it than others.
fn sees_more(viewer: &Viewer) -> bool {
    Scope::ALL.into_iter().any(|scope| viewer.has(scope))
}

/// Whether there may be errors in it. A text that merely looks so is not kept; that is all.
pub(crate) fn holds_errors(body: &[u8]) -> bool {
    const ERRORS: &[u8] = b"\"errors\":";
    body.windows(ERRORS.len()).any(|window| window == ERRORS)
}
