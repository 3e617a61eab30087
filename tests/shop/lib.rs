//! What whole-shop scenarios share: a shop that runs, clients of its graph, and shoppers.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "tests end when their ground gives way"
)]

mod catalogue;
mod child;
mod client;
mod journal;
mod patient;
mod running;
mod shopper;
mod stream;

pub use catalogue::{Found, available, search, set_stock, stock};
pub use child::{ChildShop, run};
pub use client::Client;
pub use journal::Journal;
pub use patient::PatientShopper;
pub use running::{RunningShop, settings};
pub use shopper::{Shopper, key};
pub use stream::Stream;
