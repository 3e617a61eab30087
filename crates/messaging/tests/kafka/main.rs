//! Attacks on delivery through Kafka (I2). Most of them want a real broker: `tests/servers/up` starts one.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod clients;
mod gaps;
mod latency;
mod listening;
mod order;
mod outages;
mod rebalances;
mod security;
mod topics;
mod toy;
mod unreadable;
