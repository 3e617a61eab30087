#![doc = include_str!("../README.md")]

mod access;
mod config;
mod control;
mod emulator;
mod error;
mod events;
mod expand;
mod form;
mod housekeeping;
mod idempotency;
mod identifiers;
mod intents;
mod lists;
mod methods;
mod objects;
mod pages;
mod params;
mod readers;
mod refunds;
mod routes;
mod server;
mod settlement;
mod store;
mod switches;
mod time;
mod webhooks;
mod writer;

pub use config::{EmulatorConfig, RetrySchedule};
pub use emulator::Emulator;
pub use error::EmulatorError;
pub use methods::{Decline, Outcome, TEST_METHODS, TestMethod};
pub use switches::{ApiSwitches, Switches, WebhookSwitches};
