#![doc = include_str!("../README.md")]
#![deny(
    clippy::float_arithmetic,
    clippy::arithmetic_side_effects,
    clippy::as_conversions
)]

mod address;
mod cart;
mod fact;
mod number;
mod order;
mod problem;
mod status;
mod totals;

pub use address::{Address, AddressDraft, AddressFault};
pub use cart::{Cart, CartError, CartLine, Limits, Merged};
pub use fact::{Cancellation, Canceller, Fact, Parcel, Shortage};
pub use number::{NumberError, OrderNumber};
pub use order::{Order, OrderLine, Purchase};
pub use problem::{Offer, Problem, problems};
pub use status::{Attempt, Refused, State, Status};
pub use totals::{LineAmounts, Rules, Totals, totals};
