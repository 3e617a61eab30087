//! Stops asking a server that does not answer, so that nobody waits for it.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// So many failures in a row open it.
const FAILURES: u32 = 3;
/// So long nobody asks then; after that one asks, and the answer decides.
pub(super) const REST: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
struct State {
    failures: u32,
    closed_from: Option<Instant>,
}

/// A breaker for the questions of shoppers. Indexing has its own pace and asks on.
#[derive(Debug, Default)]
pub(super) struct Breaker(Mutex<State>);

impl Breaker {
    /// Whether one may ask now; else how long until one may.
    pub(super) fn pass(&self, now: Instant) -> Result<(), Duration> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(closed_from) = state.closed_from else {
            return Ok(());
        };
        if now < closed_from {
            return Err(closed_from.saturating_duration_since(now));
        }
        // This one asks; all others wait for what comes of it.
        state.closed_from = now.checked_add(REST);
        Ok(())
    }

    /// Notes whether the server answered.
    pub(super) fn note(&self, answered: bool, now: Instant) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if answered {
            *state = State::default();
        } else {
            state.failures = state.failures.saturating_add(1);
            if state.failures >= FAILURES {
                state.closed_from = now.checked_add(REST);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_after_failures_in_a_row_and_lets_one_try() {
        let (breaker, start) = (Breaker::default(), Instant::now());
        for _ in 0..2 {
            breaker.note(false, start);
        }
        breaker.note(true, start);
        for _ in 0..3 {
            assert_eq!(breaker.pass(start), Ok(()));
            breaker.note(false, start);
        }
        assert_eq!(breaker.pass(start), Err(REST));
        let later = start + REST;
        assert_eq!(breaker.pass(later), Ok(()), "one tries");
        assert_eq!(breaker.pass(later), Err(REST), "the others wait");
        breaker.note(true, later);
        assert_eq!(breaker.pass(later), Ok(()));
    }
}
