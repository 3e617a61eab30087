//! The way to subgraphs over the network: who is called, how often, and for how long.
//!
//! The router balances and the router retries; nothing between it and the subgraphs needs to. Never here: what is asked.

mod address;
mod executor;
mod fleet;
mod gateway;
mod replica;
mod watch;

pub(crate) use executor::HttpExecutor;
pub(crate) use fleet::{Call, Fleet, Fleets, Unanswered};
pub(crate) use gateway::Gateway;
