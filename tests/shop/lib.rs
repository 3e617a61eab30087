//! What whole-shop scenarios share: a shop that runs, clients of its graph, and shoppers.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "tests end when their ground gives way"
)]

mod client;
mod running;
mod stream;

pub use client::Client;
pub use running::RunningShop;
pub use stream::Stream;
