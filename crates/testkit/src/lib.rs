#![doc = include_str!("../README.md")]
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "tests end when their ground gives way"
)]

mod answer;
mod app;
mod clones;
mod databases;
mod plans;
mod ports;
mod servers;
mod until;
mod viewers;

pub use answer::Answer;
pub use app::{Query, TestApp};
pub use databases::{POSTGRES, database_in, database_of_shop, databases_in, postgres};
pub use plans::Plans;
pub use ports::free_port;
pub use servers::server;
pub use until::{pause, until};
pub use viewers::{admin, customer, staff, with_scopes};
