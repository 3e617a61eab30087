//! Outbox, relay, inbox, retry and dead letters.

mod handler;

pub use handler::{Handler, HandlerError};
