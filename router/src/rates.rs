//! How many operations one address, and one user, may send.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use fault::{Code, Fault};
use moka::sync::Cache;
use uuid::Uuid;

use crate::{address::Household, config::Rates};

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Payer {
    Address(Household),
    User(Uuid),
}

/// Token buckets in memory. An operation costs one token of its address and one of its user.
pub(crate) struct Budgets {
    address: Allowance,
    user: Allowance,
    buckets: Option<Cache<Payer, Arc<Mutex<Bucket>>>>,
}

#[derive(Clone, Copy)]
struct Allowance {
    burst: f64,
    per_second: f64,
}

struct Bucket {
    tokens: f64,
    filled: Instant,
}

impl Budgets {
    pub(crate) fn new(rates: &Rates) -> Self {
        let allowance = |burst: u32, per_second: u32| Allowance {
            burst: f64::from(burst),
            per_second: f64::from(per_second),
        };
        let (address, user) = (
            allowance(rates.address_burst, rates.address_per_second),
            allowance(rates.user_burst, rates.user_per_second),
        );
        // A bucket nobody touched until it is full again need not be kept.
        let full = address.time_to_fill().max(user.time_to_fill());
        let buckets = rates.enabled.then(|| {
            Cache::builder()
                .max_capacity(rates.tracked)
                .time_to_idle(full + Duration::from_secs(1))
                .build()
        });
        Self {
            address,
            user,
            buckets,
        }
    }

    /// One operation from that address.
    pub(crate) fn spend_address(&self, household: Household, now: Instant) -> Result<(), Fault> {
        self.spend(Payer::Address(household), self.address, now)
    }

    /// One operation of that user.
    pub(crate) fn spend_user(&self, user: Uuid, now: Instant) -> Result<(), Fault> {
        self.spend(Payer::User(user), self.user, now)
    }

    fn spend(&self, payer: Payer, allowance: Allowance, now: Instant) -> Result<(), Fault> {
        let Some(buckets) = &self.buckets else {
            return Ok(());
        };
        let bucket = buckets.get_with(payer, || {
            Arc::new(Mutex::new(Bucket {
                tokens: allowance.burst,
                filled: now,
            }))
        });
        let mut bucket = bucket.lock().unwrap_or_else(PoisonError::into_inner);
        match bucket.take(allowance, now) {
            None => Ok(()),
            Some(wait) => Err(Fault::new(
                Code::RateLimited,
                "too many requests; wait for retryAfterMs and try again",
            )
            .retry_after(wait)),
        }
    }
}

impl Allowance {
    fn time_to_fill(self) -> Duration {
        Duration::from_secs_f64(self.burst / self.per_second.max(1.0))
    }
}

impl Bucket {
    /// Takes a token, or says how long until there is one.
    fn take(&mut self, allowance: Allowance, now: Instant) -> Option<Duration> {
        let passed = now.saturating_duration_since(self.filled).as_secs_f64();
        self.tokens = (self.tokens + passed * allowance.per_second).min(allowance.burst);
        self.filled = self.filled.max(now);
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            None
        } else {
            Some(Duration::from_secs_f64(
                (1.0 - self.tokens) / allowance.per_second,
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budgets() -> Budgets {
        Budgets::new(&Rates {
            enabled: true,
            address_burst: 3,
            address_per_second: 2,
            user_burst: 1,
            user_per_second: 1,
            tracked: 100,
        })
    }

    fn household(text: &str) -> Household {
        Household::of(text.parse().unwrap())
    }

    #[test]
    fn a_burst_then_a_trickle() {
        let (budgets, start) = (budgets(), Instant::now());
        let spend = |after: u64| {
            budgets.spend_address(household("1.2.3.4"), start + Duration::from_millis(after))
        };
        for _ in 0..3 {
            spend(0).unwrap();
        }
        let refused = spend(0).unwrap_err();
        assert_eq!(refused.code(), Code::RateLimited);
        assert_eq!(refused.wait(), Some(Duration::from_millis(500)));
        spend(500).unwrap();
        assert!(spend(500).is_err());
        for _ in 0..3 {
            spend(60_000).unwrap();
        }
        assert!(
            spend(60_000).is_err(),
            "a bucket holds no more than its burst"
        );
    }

    #[test]
    fn one_does_not_pay_for_another() {
        let (budgets, now) = (budgets(), Instant::now());
        for _ in 0..3 {
            budgets.spend_address(household("1.2.3.4"), now).unwrap();
        }
        assert!(budgets.spend_address(household("1.2.3.4"), now).is_err());
        budgets.spend_address(household("1.2.3.5"), now).unwrap();
        budgets.spend_user(Uuid::from_u128(1), now).unwrap();
        assert!(budgets.spend_user(Uuid::from_u128(1), now).is_err());
        budgets.spend_user(Uuid::from_u128(2), now).unwrap();
    }

    #[test]
    fn a_clock_that_steps_back_gives_nothing_away() {
        let (budgets, now) = (budgets(), Instant::now() + Duration::from_secs(10));
        for _ in 0..3 {
            budgets.spend_address(household("1.2.3.4"), now).unwrap();
        }
        let earlier = now.checked_sub(Duration::from_secs(5)).unwrap();
        assert!(
            budgets
                .spend_address(household("1.2.3.4"), earlier)
                .is_err()
        );
        assert!(budgets.spend_address(household("1.2.3.4"), now).is_err());
    }
}
