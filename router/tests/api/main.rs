#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]
//! The router as a client meets it, over subgraphs in process and over the network alike.

mod access;
mod browsers;
mod budgets;
mod cache;
mod draining;
mod limits;
mod operations;
mod redis;
mod replica;
mod replicas;
mod routes;
mod shop;
mod subgraphs;
mod subscriptions;
mod tls;
