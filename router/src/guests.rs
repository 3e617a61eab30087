//! Clients that stay: how many WebSockets and event streams are open, in all and from one address.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use fault::{Code, Fault};

use crate::{address::Household, config::Subscriptions, metrics::Metrics};

/// Counts them.
pub(crate) struct Guests {
    present: Mutex<Present>,
    most: usize,
    most_of_one: usize,
    metrics: Arc<Metrics>,
}

#[derive(Default)]
struct Present {
    all: usize,
    by: HashMap<Household, usize>,
}

/// A client that is counted until this is dropped.
pub(crate) struct Guest {
    guests: Arc<Guests>,
    household: Household,
    transport: &'static str,
}

impl Guests {
    pub(crate) fn new(limits: &Subscriptions, metrics: Arc<Metrics>) -> Self {
        Self {
            present: Mutex::default(),
            most: limits.max_clients,
            most_of_one: limits.max_clients_per_address,
            metrics,
        }
    }

    /// Lets a client in, or says that there are too many.
    pub(crate) fn admit(
        self: &Arc<Self>,
        household: Household,
        transport: &'static str,
    ) -> Result<Guest, Fault> {
        let mut present = self.present.lock().unwrap_or_else(PoisonError::into_inner);
        if present.all >= self.most {
            return Err(Fault::new(
                Code::Unavailable,
                "too many clients are connected; try again later",
            ));
        }
        let mine = present.by.entry(household).or_default();
        if *mine >= self.most_of_one {
            return Err(Fault::new(
                Code::RateLimited,
                "too many connections are open from this address; close one first",
            ));
        }
        *mine += 1;
        present.all += 1;
        self.metrics.client(transport, 1);
        Ok(Guest {
            guests: Arc::clone(self),
            household,
            transport,
        })
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let mut present = self
            .guests
            .present
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        present.all = present.all.saturating_sub(1);
        if let Some(mine) = present.by.get_mut(&self.household) {
            *mine = mine.saturating_sub(1);
            if *mine == 0 {
                present.by.remove(&self.household);
            }
        }
        self.guests.metrics.client(self.transport, -1);
    }
}
