//! What the router hears of events: sessions that were ended, and changes of the catalogue.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use events::{Envelope, Event as _, products::ProductChanged, users::SessionRevoked};
use identity::Verifier;
use messaging::{Subscriber, TransportError};

use crate::cache::ResponseCache;

/// Hears events for a router: it refuses the tokens of sessions that were ended, whose streams end within a second, and
/// empties the response cache when the catalogue changes. It is a `messaging::Subscriber` that never fails: give it to
/// whatever delivers events to this process, and to the router as `Parts::news`.
pub struct News {
    verifier: Arc<Verifier>,
    listening: AtomicBool,
    cache: OnceLock<Arc<ResponseCache>>,
}

impl News {
    /// For the router that verifies tokens with `verifier`.
    pub fn new(verifier: Arc<Verifier>) -> Self {
        Self {
            verifier,
            listening: AtomicBool::new(false),
            cache: OnceLock::new(),
        }
    }

    /// Says that every event from now on comes here. Until then no answer is kept, since nothing would empty the cache.
    pub async fn listening(&self) {
        self.listening.store(true, Ordering::Release);
        self.forget_catalogue().await;
    }

    /// Empties the response cache. What was read before is never served after this, and never stored either.
    pub async fn forget_catalogue(&self) {
        if let Some(cache) = self.cache.get() {
            cache.forget().await;
        }
    }

    pub(crate) fn is_listening(&self) -> bool {
        self.listening.load(Ordering::Acquire)
    }

    pub(crate) fn attach(&self, cache: Arc<ResponseCache>) {
        // Whoever was first stays: one router, one piece of news.
        let _ = self.cache.set(cache);
    }
}

#[async_trait]
impl Subscriber for News {
    fn name(&self) -> &'static str {
        "router"
    }

    fn takes(&self, kind: &str) -> bool {
        kind == SessionRevoked::TYPE || kind == ProductChanged::TYPE
    }

    async fn take(&self, batch: &[Envelope]) -> Result<(), TransportError> {
        let mut catalogue = false;
        for event in batch {
            if event.kind == ProductChanged::TYPE {
                catalogue = true;
            } else if event.kind == SessionRevoked::TYPE {
                match event.parse::<SessionRevoked>() {
                    Ok(ended) => self.verifier.revoke(ended.session_id, ended.until),
                    Err(error) => {
                        tracing::error!(event.id = %event.id, error = %error, "an event could not be read");
                    }
                }
            }
        }
        if catalogue {
            self.forget_catalogue().await;
        }
        Ok(())
    }
}
