//! Spends tokens, wherever they are counted.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use fault::{Code, Fault};
use uuid::Uuid;

use super::{memory::Buckets, redis_buckets::RedisBuckets};
use crate::{address::Household, config::Rates, shared::Shared};

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Payer {
    Address(Household),
    User(Uuid),
}

/// Token buckets. An operation costs one token of its address and one of its user.
pub(crate) struct Budgets {
    address: Allowance,
    user: Allowance,
    enabled: bool,
    memory: Buckets,
    redis: Option<RedisBuckets>,
}

#[derive(Clone, Copy)]
pub(super) struct Allowance {
    pub(super) burst: f64,
    pub(super) per_second: f64,
}

impl Budgets {
    pub(crate) fn new(rates: &Rates, shared: Option<Arc<Shared>>) -> Self {
        let allowance = |burst: u32, per_second: u32| Allowance {
            burst: f64::from(burst),
            per_second: f64::from(per_second),
        };
        let (address, user) = (
            allowance(rates.address_burst, rates.address_per_second),
            allowance(rates.user_burst, rates.user_per_second),
        );
        let full = address.time_to_fill().max(user.time_to_fill());
        Self {
            address,
            user,
            enabled: rates.enabled,
            memory: Buckets::new(rates.tracked, full + Duration::from_secs(1)),
            redis: shared.map(RedisBuckets::new),
        }
    }

    /// One operation from that address.
    pub(crate) async fn spend_address(
        &self,
        household: Household,
        now: Instant,
    ) -> Result<(), Fault> {
        self.spend(Payer::Address(household), self.address, now)
            .await
    }

    /// One operation of that user.
    pub(crate) async fn spend_user(&self, user: Uuid, now: Instant) -> Result<(), Fault> {
        self.spend(Payer::User(user), self.user, now).await
    }

    async fn spend(&self, payer: Payer, allowance: Allowance, now: Instant) -> Result<(), Fault> {
        if !self.enabled {
            return Ok(());
        }
        let shared = match &self.redis {
            Some(redis) => redis.take(payer, allowance).await,
            None => None,
        };
        let wait = shared.unwrap_or_else(|| self.memory.take(payer, allowance, now));
        match wait {
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

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    fn budgets() -> Budgets {
        Budgets::new(
            &Rates {
                enabled: true,
                address_burst: 3,
                address_per_second: 2,
                user_burst: 1,
                user_per_second: 1,
                tracked: 100,
            },
            None,
        )
    }

    fn address(budgets: &Budgets, text: &str, now: Instant) -> Result<(), Fault> {
        let spent = budgets.spend_address(household(text), now);
        spent.now_or_never().unwrap()
    }

    fn user(budgets: &Budgets, number: u128, now: Instant) -> Result<(), Fault> {
        let spent = budgets.spend_user(Uuid::from_u128(number), now);
        spent.now_or_never().unwrap()
    }

    fn household(text: &str) -> Household {
        Household::of(text.parse().unwrap())
    }

    #[test]
    fn a_burst_then_a_trickle() {
        let (budgets, start) = (budgets(), Instant::now());
        let spend = |after: u64| {
            budgets
                .spend_address(household("1.2.3.4"), start + Duration::from_millis(after))
                .now_or_never()
                .unwrap()
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
            address(&budgets, "1.2.3.4", now).unwrap();
        }
        assert!(address(&budgets, "1.2.3.4", now).is_err());
        address(&budgets, "1.2.3.5", now).unwrap();
        user(&budgets, 1, now).unwrap();
        assert!(user(&budgets, 1, now).is_err());
        user(&budgets, 2, now).unwrap();
    }

    #[test]
    fn a_clock_that_steps_back_gives_nothing_away() {
        let (budgets, now) = (budgets(), Instant::now() + Duration::from_secs(10));
        for _ in 0..3 {
            address(&budgets, "1.2.3.4", now).unwrap();
        }
        let earlier = now.checked_sub(Duration::from_secs(5)).unwrap();
        assert!(address(&budgets, "1.2.3.4", earlier).is_err());
        assert!(address(&budgets, "1.2.3.4", now).is_err());
    }
}
