#![doc = include_str!("../../README.md")]

mod adapters;
mod app;
mod commands;
mod config;
mod consumers;
pub mod demo;
mod graphql;
mod jobs;
mod metrics;
mod store;
mod tables;

pub use app::Products;
pub use config::Config;
