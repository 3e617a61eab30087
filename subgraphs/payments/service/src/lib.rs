#![doc = include_str!("../../README.md")]

mod adapters;
mod app;
mod commands;
mod config;
mod consumers;
mod graphql;
mod jobs;
mod store;
mod tables;

pub use adapters::stripe::{
    Gateway, GatewayError, Intent, MissedEvents, NewIntent, NewRefund, Stripe,
};
pub use app::Payments;
pub use config::Config;
