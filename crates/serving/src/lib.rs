#![doc = include_str!("../README.md")]

mod caller;
pub mod config;
mod documents;
mod errors;
pub mod graphql;
mod http;
mod job;
mod metrics;
mod served;
mod subgraph;

pub use caller::{CLIENT_ADDRESS, Caller, DEADLINE, NOT_STARTED};
pub use errors::refused;
pub use http::serve;
pub use job::{Job, run_job};
pub use metrics::Metrics;
pub use served::{Call, Served, Serving};
pub use subgraph::{Check, Parts, StartError, Subgraph};
