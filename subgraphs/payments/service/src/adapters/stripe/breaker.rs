//! Spares a provider that is down, and those who would wait for it.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

/// Opens after so many failures in a row and lets one call in after a rest, to see.
pub(super) struct Breaker {
    failures: AtomicU32,
    limit: u32,
    rest: Duration,
    open_until: Mutex<Option<Instant>>,
}

impl Breaker {
    pub(super) fn new(limit: u32, rest: Duration) -> Self {
        Self {
            failures: AtomicU32::new(0),
            limit,
            rest,
            open_until: Mutex::new(None),
        }
    }

    /// Whether a call may be made now.
    pub(super) fn lets_in(&self) -> bool {
        let mut open_until = self
            .open_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match *open_until {
            Some(until) if Instant::now() < until => false,
            Some(_) => {
                // Whoever comes meanwhile is turned away; this one tries.
                *open_until = Some(Instant::now() + self.rest);
                true
            }
            None => true,
        }
    }

    pub(super) fn succeeded(&self) {
        if self.failures.swap(0, Ordering::Relaxed) >= self.limit {
            *self
                .open_until
                .lock()
                .unwrap_or_else(PoisonError::into_inner) = None;
        }
    }

    pub(super) fn failed(&self) {
        if self
            .failures
            .fetch_add(1, Ordering::Relaxed)
            .saturating_add(1)
            >= self.limit
        {
            *self
                .open_until
                .lock()
                .unwrap_or_else(PoisonError::into_inner) = Some(Instant::now() + self.rest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_after_failures_in_a_row_and_closes_after_a_success() {
        let breaker = Breaker::new(2, Duration::from_hours(1));
        breaker.failed();
        breaker.succeeded();
        breaker.failed();
        assert!(breaker.lets_in());
        breaker.failed();
        assert!(!breaker.lets_in());
        breaker.succeeded();
        assert!(breaker.lets_in());
    }

    #[test]
    fn lets_one_in_after_its_rest() {
        let breaker = Breaker::new(1, Duration::ZERO);
        breaker.failed();
        assert!(breaker.lets_in());
    }
}
