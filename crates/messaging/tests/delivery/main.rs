//! Attacks on delivery: each event takes effect once and in its aggregate's order (I2).
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod once;
mod relays;
mod replicas;
mod retries;
mod toy;
