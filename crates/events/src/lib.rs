#![doc = include_str!("../README.md")]

mod catalogue;
mod envelope;
pub mod orders;
pub mod payments;
pub mod products;
pub mod users;

pub use catalogue::{TOPICS, TYPES};
pub use envelope::{Envelope, Event, EventError};
