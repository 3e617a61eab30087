#![doc = include_str!("../README.md")]

mod envelope;
pub mod orders;
pub mod payments;
pub mod products;
pub mod users;

pub use envelope::{Envelope, Event, EventError};
