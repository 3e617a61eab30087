#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]
//! The router as a client meets it, over subgraphs in process and over the network alike.

mod access;
mod browsers;
mod budgets;
mod limits;
mod operations;
mod routes;
mod shop;
mod subgraphs;
mod subscriptions;
