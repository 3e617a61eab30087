//! Sessions that were ended, wherever that was: their tokens are refused here too.

use std::sync::Arc;

use async_trait::async_trait;
use events::{Envelope, Event, users::SessionRevoked};
use identity::Verifier;
use messaging::{Subscriber, TransportError};

/// See the module.
pub(crate) struct RevokedSessions(Arc<Verifier>);

impl RevokedSessions {
    /// Tells `verifier`.
    pub(crate) fn new(verifier: &Arc<Verifier>) -> Self {
        Self(Arc::clone(verifier))
    }
}

#[async_trait]
impl Subscriber for RevokedSessions {
    fn name(&self) -> &'static str {
        "revoked sessions"
    }

    fn takes(&self, kind: &str) -> bool {
        kind == SessionRevoked::TYPE
    }

    async fn take(&self, batch: &[Envelope]) -> Result<(), TransportError> {
        for event in batch {
            if let Ok(ended) = event.parse::<SessionRevoked>() {
                self.0.revoke(ended.session_id, ended.until);
            }
        }
        Ok(())
    }
}
