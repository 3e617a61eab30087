//! GraphQL types and conversions that all subgraphs use. Shared objects are `@shareable`, so each subgraph may declare them.

pub mod global_id;
mod scalars;
mod user_errors;

pub use scalars::{BigInt, DateTime, Money};
pub use user_errors::{IdempotencyConflict, InvalidInput, StaleVersion};
