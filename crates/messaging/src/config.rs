//! What can be set about delivery.

use std::time::Duration;

use clock::Clock;
use serde::Deserialize;

/// The defaults of the section `messaging`, each key with its comment.
pub const DEFAULTS: &str = include_str!("../config.default.toml");

/// Sizes, pauses and limits of delivery. The defaults fit a shop of any size; tests make the pauses tiny.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MessagingConfig {
    /// Events that the relay publishes at once, at most.
    pub publish_batch: u32,
    /// Events that a receiver handles in one transaction, at most.
    pub receive_batch: u32,
    /// How often the outbox and the held events are looked at when nothing wakes their loops, in milliseconds.
    pub poll_ms: u64,
    /// How long a lease of the outbox lasts, in milliseconds; renewed after a third of it. After a crash on
    /// PostgreSQL another relay takes over when it has run out.
    pub lease_ms: u64,
    /// Published events stay in the outbox until there are this many of them …
    pub delete_batch: u32,
    /// … or until the first of them has stayed this long, in milliseconds.
    pub delete_after_ms: u64,
    /// The bound of the random pause before the first retry of a failed handler, in milliseconds; it doubles with each try.
    pub retry_base_ms: u64,
    /// What that bound does not rise above, in milliseconds.
    pub retry_cap_ms: u64,
    /// After this many tries an event is parked.
    pub max_attempts: u32,
    /// How long the inbox remembers an event, in days. No transport may repeat an older one.
    pub inbox_days: u32,
}

impl Default for MessagingConfig {
    fn default() -> Self {
        Self {
            publish_batch: 500,
            receive_batch: 64,
            poll_ms: 500,
            lease_ms: 15_000,
            delete_batch: 64,
            delete_after_ms: 1_000,
            retry_base_ms: 100,
            retry_cap_ms: 60_000,
            max_attempts: 12,
            inbox_days: 14,
        }
    }
}

impl MessagingConfig {
    /// A pause before try `attempts + 1`: exponential with full jitter.
    pub(crate) fn pause(&self, clock: &Clock, attempts: u32) -> Duration {
        let bound = self
            .retry_base_ms
            .saturating_mul(1 << attempts.saturating_sub(1).min(20))
            .min(self.retry_cap_ms);
        Duration::from_millis(bound).mul_f64(clock.fraction())
    }

    pub(crate) fn poll(&self) -> Duration {
        Duration::from_millis(self.poll_ms.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_says_what_the_code_does() {
        let documented: MessagingConfig = toml::from_str(DEFAULTS).unwrap();
        assert_eq!(documented, MessagingConfig::default());
    }

    #[test]
    fn pauses_double_up_to_their_cap() {
        let (clock, config) = (Clock::system(), MessagingConfig::default());
        for attempts in [1, 2, 5, 12, 100, u32::MAX] {
            let bound = (100_u64 << (attempts - 1).min(20)).min(60_000);
            assert!(config.pause(&clock, attempts) < Duration::from_millis(bound));
        }
    }
}
