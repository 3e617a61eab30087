//! Wakes the streams of this process: what became of an order, or of a session, was decided in any of them. Nothing is
//! written; a stream reads what there is, and the look-out looks now and then, should this be lost.

use async_trait::async_trait;
use events::{Envelope, Event, orders::ORDERS, users::SessionRevoked};
use messaging::{Subscriber, TransportError};

use crate::commands::shop::Shop;

/// See the module.
pub(crate) struct Watchers(pub(crate) Shop);

#[async_trait]
impl Subscriber for Watchers {
    fn name(&self) -> &'static str {
        "orders.watchers"
    }

    fn takes(&self, kind: &str) -> bool {
        kind == SessionRevoked::TYPE || kind.starts_with("order.")
    }

    async fn take(&self, batch: &[Envelope]) -> Result<(), TransportError> {
        for event in batch {
            if event.topic == ORDERS {
                // An order's events are numbered as its versions are.
                let orders = &self.0.wakes.orders;
                orders.wake_for(event.aggregate_id, event.sequence);
            } else if let Ok(ended) = event.parse::<SessionRevoked>() {
                self.0.verifier.revoke(ended.session_id, ended.until);
                self.0.wakes.sessions.wake(ended.session_id);
            }
        }
        Ok(())
    }
}
