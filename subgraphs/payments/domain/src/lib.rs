#![doc = include_str!("../README.md")]
#![deny(
    clippy::float_arithmetic,
    clippy::arithmetic_side_effects,
    clippy::as_conversions
)]

mod attempt;
mod backoff;
mod intent;
pub mod keys;
mod observe;
mod order;
mod payment;
mod refund;
mod status;
mod step;

pub use attempt::{Attempt, AttemptOutcome, AttemptRefused};
pub use backoff::Backoff;
pub use intent::{Failure, IntentState, IntentView};
pub use observe::{Basis, Observation};
pub use order::OrderOutcome;
pub use payment::{Fact, Payment, Snapshot};
pub use refund::{Refund, RefundReason, RefundRefused, RefundState, RefundView};
pub use status::Status;
pub use step::Step;
