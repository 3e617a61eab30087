//! What PostgreSQL alone asks of the wrapper: conflicts, lost connections, limits, NOTIFY, TLS. Skipped without a server.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod conflicts;
mod ground;
mod jobs;
mod limits;
mod lost;
mod tls;
mod wakes;
