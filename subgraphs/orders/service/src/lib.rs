#![doc = include_str!("../../README.md")]

mod app;
mod commands;
mod config;
mod consumers;
mod graphql;
mod jobs;
mod store;
mod tables;

pub use app::Orders;
pub use config::Config;
