#![doc = include_str!("../README.md")]

mod config;
mod connect;
pub mod cursor;
mod error;
pub mod idempotency;
mod jobs;
mod meter;
mod postgres;
mod rows;
mod sqlite;
mod time;
mod transaction;
mod wakes;

pub use config::{DatabaseConfig, Isolation, Synchronous, Tls};
pub use connect::Database;
pub use error::DatabaseError;
pub use meter::Stats;
pub use rows::{Cell, InOrder, Row, Source};
pub use time::{now, now_expr};
pub use transaction::Tx;
