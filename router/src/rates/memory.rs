//! Token buckets of this process alone.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use moka::sync::Cache;

use super::budgets::{Allowance, Payer};

/// Buckets by who pays.
pub(super) struct Buckets(Cache<Payer, Arc<Mutex<Bucket>>>);

struct Bucket {
    tokens: f64,
    filled: Instant,
}

impl Buckets {
    /// `tracked` of them at most; one that nobody touched for `idle` is full again and need not be kept.
    pub(super) fn new(tracked: u64, idle: Duration) -> Self {
        Self(
            Cache::builder()
                .max_capacity(tracked)
                .time_to_idle(idle)
                .build(),
        )
    }

    /// Takes a token, or says how long until there is one.
    pub(super) fn take(
        &self,
        payer: Payer,
        allowance: Allowance,
        now: Instant,
    ) -> Option<Duration> {
        let bucket = self.0.get_with(payer, || {
            Arc::new(Mutex::new(Bucket {
                tokens: allowance.burst,
                filled: now,
            }))
        });
        let mut bucket = bucket.lock().unwrap_or_else(PoisonError::into_inner);
        bucket.take(allowance, now)
    }
}

impl Bucket {
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
