#![doc = include_str!("../README.md")]

mod config;
mod connect;
pub mod cursor;
mod error;
pub mod idempotency;
mod time;
mod transaction;

pub use config::{DatabaseConfig, Synchronous};
pub use connect::{Database, Stats};
pub use error::DatabaseError;
pub use time::{now, now_expr};
pub use transaction::Tx;
