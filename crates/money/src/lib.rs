#![doc = include_str!("../README.md")]
#![deny(
    clippy::float_arithmetic,
    clippy::arithmetic_side_effects,
    clippy::as_conversions
)]

mod amount;
mod currency;

pub use amount::{Money, MoneyError};
pub use currency::{Currency, UnknownCurrency};
