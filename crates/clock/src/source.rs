//! Where the time, the ids and the chance come from.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use rand::{Rng, RngCore};
use uuid::{NoContext, Uuid};

use crate::Timestamp;

/// Tells the time and makes ids and random values. Cheap to clone; clones share a manual clock's time.
#[derive(Clone)]
pub struct Clock(Source);

#[derive(Clone)]
enum Source {
    /// The machine's clock, off by so many milliseconds.
    System(i64),
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self::off_by(0)
    }

    /// The machine's clock, ahead by so many milliseconds, or behind: to try what clocks that differ do.
    pub const fn off_by(millis: i64) -> Self {
        Self(Source::System(millis))
    }

    /// A clock that stands still at `start` until [`Clock::advance`] moves it.
    pub fn manual(start: Timestamp) -> Self {
        Self(Source::Manual(Arc::new(AtomicI64::new(start.as_millis()))))
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_millis(match &self.0 {
            Source::Manual(manual) => manual.load(Ordering::SeqCst),
            Source::System(off) => system_millis().saturating_add(*off),
        })
    }

    /// Moves a manual clock forward; the machine's clock goes by itself and is not changed.
    pub fn advance(&self, span: Duration) {
        if let Source::Manual(manual) = &self.0 {
            manual.fetch_add(
                i64::try_from(span.as_millis()).unwrap_or(i64::MAX),
                Ordering::SeqCst,
            );
        }
    }

    /// A new id: UUID version 7 (RFC 9562), ordered by time.
    pub fn id(&self) -> Uuid {
        let millis = u64::try_from(self.now().as_millis()).unwrap_or(0);
        let nanos = u32::try_from(millis % 1_000).unwrap_or(0) * 1_000_000;
        Uuid::new_v7(uuid::Timestamp::from_unix(NoContext, millis / 1_000, nanos))
    }

    /// `N` bytes that nobody can guess.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        generator().fill_bytes(&mut bytes);
        bytes
    }

    /// 32 unguessable bytes as 43 characters of base64url without padding.
    pub fn token(&self) -> String {
        const ALPHABET: &[u8; 64] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let bytes = self.bytes::<33>();
        let mut token: String = bytes
            .chunks_exact(3)
            .flat_map(|c| {
                [
                    c[0] >> 2,
                    (c[0] & 3) << 4 | c[1] >> 4,
                    (c[1] & 15) << 2 | c[2] >> 6,
                    c[2] & 63,
                ]
            })
            .map(|six| char::from(ALPHABET[usize::from(six)]))
            .collect();
        token.truncate(43);
        token
    }

    /// A fraction from 0 (included) to 1 (excluded), for jitter and sampling.
    pub fn fraction(&self) -> f64 {
        generator().random()
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the door that the ban points to"
)]
fn generator() -> rand::rngs::ThreadRng {
    rand::rng()
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the door that the ban points to"
)]
fn system_millis() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Source::Manual(_) => "Clock(manual)",
            Source::System(_) => "Clock(system)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_moves_only_when_told() {
        let clock = Clock::manual(Timestamp::from_millis(1_000));
        let twin = clock.clone();
        assert_eq!(clock.now(), clock.now());
        clock.advance(Duration::from_secs(2));
        assert_eq!(twin.now(), Timestamp::from_millis(3_000));
    }

    #[test]
    fn a_clock_may_be_off() {
        let (right, ahead) = (Clock::system(), Clock::off_by(300_000));
        let apart = ahead.now().since(right.now());
        assert!(apart.as_secs().abs_diff(300) <= 5, "{apart:?}");
    }

    #[test]
    fn ids_and_tokens_differ() {
        let clock = Clock::system();
        assert_ne!(clock.id(), clock.id());
        assert_eq!(clock.id().get_version_num(), 7);
        let token = clock.token();
        assert_eq!(token.len(), 43);
        assert_ne!(token, clock.token());
    }
}
