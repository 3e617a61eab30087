//! What whole-shop scenarios share: a shop that runs, clients of its graph, and shoppers.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "tests end when their ground gives way"
)]

mod catalogue;
mod child;
mod client;
mod crowd;
mod journal;
mod keeper;
mod patient;
mod proxy;
mod roles;
mod running;
mod servers;
mod shopper;
mod stage;
mod stream;

pub use catalogue::{Found, available, plenty, search, set_stock, stock};
pub use child::{ChildShop, run, run_beside};
pub use client::Client;
pub use crowd::{Codes, Crowd};
pub use journal::Journal;
pub use patient::PatientShopper;
pub use proxy::Proxy;
pub use roles::RolesShop;
pub use running::{RunningShop, settings};
pub use servers::{Servers, alone, seconds, shared_servers};
pub use shopper::{Shopper, key};
pub use stage::{IMPATIENT, Stage};
pub use stream::Stream;
