//! Slows down guessing: failed log-ins are counted per e-mail address and per client address, registrations per
//! client address. In memory of this process: a restart forgets, replicas count apart.

use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use clock::Clock;
use fault::{Code, Fault};
use moka::sync::Cache;
use users_domain::{Attempts, AttemptsLimit, Email};

use crate::config::Config;

/// Addresses that are remembered; the least used are forgotten first.
const REMEMBERED: u64 = 100_000;

/// Counts attempts.
pub(crate) struct Throttle {
    clock: Clock,
    accounts: Counter<Email>,
    addresses: Counter<IpAddr>,
    registrations: Counter<IpAddr>,
}

struct Counter<K> {
    limit: AttemptsLimit,
    counted: Cache<K, Arc<Mutex<Attempts>>>,
}

impl Throttle {
    /// With the configured limits.
    pub(crate) fn new(config: &Config, clock: Clock) -> Self {
        let window = Duration::from_secs(config.throttle_window_seconds);
        Self {
            clock,
            accounts: Counter::new(config.login_failures_per_account, window),
            addresses: Counter::new(config.login_failures_per_address, window),
            registrations: Counter::new(config.registrations_per_address, window),
        }
    }

    /// Counts a log-in as failed before it is tried, so that many at once are no way around. RateLimited with the wait.
    pub(crate) fn before_log_in(
        &self,
        email: Option<&Email>,
        address: Option<IpAddr>,
    ) -> Result<(), Fault> {
        let now = self.clock.now();
        if let Some(address) = address {
            self.addresses.admit(network(address), now)?;
        }
        match email {
            Some(email) => self.accounts.admit(email.clone(), now),
            None => Ok(()),
        }
    }

    /// Takes the count back: the log-in did not fail.
    pub(crate) fn after_log_in(&self, email: Option<&Email>, address: Option<IpAddr>) {
        if let Some(address) = address {
            self.addresses.forgive(&network(address));
        }
        if let Some(email) = email {
            self.accounts.forgive(email);
        }
    }

    /// Counts a registration. RateLimited with the wait.
    pub(crate) fn before_register(&self, address: Option<IpAddr>) -> Result<(), Fault> {
        match address {
            Some(address) => self.registrations.admit(network(address), self.clock.now()),
            None => Ok(()),
        }
    }
}

impl<K: Eq + Hash + Send + Sync + 'static> Counter<K> {
    fn new(most: u32, window: Duration) -> Self {
        let counted = Cache::builder()
            .max_capacity(REMEMBERED)
            .time_to_idle(window)
            .build();
        Self {
            limit: AttemptsLimit { most, window },
            counted,
        }
    }

    fn admit(&self, key: K, now: clock::Timestamp) -> Result<(), Fault> {
        let attempts = self.counted.get_with(key, Arc::default);
        let admitted = attempts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .admit(now, self.limit);
        admitted.map_err(|wait| {
            Fault::new(Code::RateLimited, "too many attempts; wait and try again").retry_after(wait)
        })
    }

    fn forgive(&self, key: &K) {
        if let Some(attempts) = self.counted.get(key) {
            attempts
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .forgive();
        }
    }
}

/// One client can take any address of its /64 (RFC 6177), so IPv6 is counted by network.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
        address @ IpAddr::V4(_) => address,
    }
}
