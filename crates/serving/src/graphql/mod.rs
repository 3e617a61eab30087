//! GraphQL types and conversions that all subgraphs use. Shared objects are `@shareable`, so each subgraph may declare them.

mod amount;
pub mod global_id;
mod objects;
mod scalars;
mod user_errors;

pub use amount::Money;
pub use objects::{Objects, resolve_at_hand};
pub use scalars::{BigInt, DateTime};
pub use user_errors::{IdempotencyConflict, InvalidInput, StaleVersion};
