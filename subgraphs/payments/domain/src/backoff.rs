//! When to look again.

use std::time::Duration;

/// Waiting times that double from `first` up to `longest`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// Before the second try.
    pub first: Duration,
    /// The upper bound.
    pub longest: Duration,
}

impl Backoff {
    /// How long to wait after `tries` tries. `jitter`, from 0 to 999 thousandths, takes up to half of it
    /// away, so that what fell due together does not stay together.
    pub fn after(&self, tries: u32, jitter: u16) -> Duration {
        let doubled = self
            .first
            .saturating_mul(2_u32.saturating_pow(tries.min(20)))
            .min(self.longest);
        let millis = u64::try_from(doubled.as_millis()).unwrap_or(u64::MAX);
        let away = millis
            .saturating_mul(u64::from(jitter.min(999)))
            .checked_div(2_000)
            .unwrap_or(0);
        Duration::from_millis(millis.saturating_sub(away))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_up_to_the_longest() {
        let backoff = Backoff {
            first: Duration::from_secs(1),
            longest: Duration::from_secs(10),
        };
        let waits: Vec<u64> = (0..6)
            .map(|tries| backoff.after(tries, 0).as_secs())
            .collect();
        assert_eq!(waits, [1, 2, 4, 8, 10, 10]);
        assert_eq!(backoff.after(3, 999).as_millis(), 4_004);
        assert_eq!(backoff.after(u32::MAX, 0).as_secs(), 10);
    }
}
