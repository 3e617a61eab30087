#![doc = include_str!("../../README.md")]

mod app;
mod commands;
mod config;
mod graphql;
mod jobs;
mod store;
mod tables;

pub use app::Users;
pub use commands::seed_demo::DEMO_ACCOUNTS;
pub use config::Config;
pub use graphql::{Mutation, Query, Schema};
