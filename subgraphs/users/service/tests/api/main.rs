#![expect(clippy::unwrap_used, reason = "a test may panic")]
//! The graph of users on a real database, one file per query and mutation.

mod add_address;
mod entities;
mod jwks;
mod log_in;
mod log_out;
mod me;
mod prune_sessions;
mod refresh_token;
mod refusals;
mod register;
mod remove_address;
mod revoke_sessions;
mod seed_demo;
mod set_default_address;
mod set_roles;
mod shop;
mod update_address;
mod users;
