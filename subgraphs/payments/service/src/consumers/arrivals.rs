//! Lets a request wait for an order that is on its way here.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;
use uuid::Uuid;

/// Orders that someone waits for. An announcement only saves the waiter its next look.
#[derive(Clone, Default)]
pub(crate) struct Arrivals(Arc<Mutex<HashMap<Uuid, Arc<Notify>>>>);

/// Someone who waits for an order, until it is dropped.
pub(crate) struct Waiting {
    arrivals: Arrivals,
    order_id: Uuid,
    bell: Arc<Notify>,
}

impl Arrivals {
    /// Begins to wait for an order.
    pub(crate) fn wait_for(&self, order_id: Uuid) -> Waiting {
        let bell = Arc::clone(self.bells().entry(order_id).or_default());
        Waiting {
            arrivals: self.clone(),
            order_id,
            bell,
        }
    }

    /// Wakes those who wait for an order.
    pub(crate) fn announce(&self, order_id: Uuid) {
        if let Some(bell) = self.bells().get(&order_id) {
            bell.notify_waiters();
        }
    }

    fn bells(&self) -> MutexGuard<'_, HashMap<Uuid, Arc<Notify>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    /// Resolves at the next announcement. Take it before looking, and await it after.
    pub(crate) fn announced(&self) -> tokio::sync::futures::Notified<'_> {
        self.bell.notified()
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut bells = self.arrivals.bells();
        // Two are left: the one in the map and this one's own.
        if Arc::strong_count(&self.bell) == 2 {
            bells.remove(&self.order_id);
        }
    }
}
