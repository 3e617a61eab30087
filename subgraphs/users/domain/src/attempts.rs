//! How often something may be tried: a sliding window over the times of the attempts.

use std::collections::VecDeque;
use std::time::Duration;

use clock::Timestamp;

/// At most `most` attempts within `window`.
#[derive(Clone, Copy, Debug)]
pub struct AttemptsLimit {
    /// Attempts.
    pub most: u32,
    /// The time that they are counted over.
    pub window: Duration,
}

/// The attempts of one account or one address.
#[derive(Clone, Debug, Default)]
pub struct Attempts(VecDeque<Timestamp>);

impl Attempts {
    /// Counts an attempt, or says how long to wait until the next one is allowed.
    pub fn admit(&mut self, now: Timestamp, limit: AttemptsLimit) -> Result<(), Duration> {
        while self
            .0
            .front()
            .is_some_and(|oldest| oldest.plus(limit.window) <= now)
        {
            self.0.pop_front();
        }
        let most = usize::try_from(limit.most).unwrap_or(usize::MAX);
        match self.0.front() {
            Some(oldest) if self.0.len() >= most => Err(oldest.plus(limit.window).since(now)),
            _ => {
                self.0.push_back(now);
                Ok(())
            }
        }
    }

    /// Forgets the latest attempt: it was not a failure.
    pub fn forgive(&mut self) {
        self.0.pop_back();
    }

    /// Whether nothing is counted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
