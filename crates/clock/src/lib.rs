#![doc = include_str!("../README.md")]

mod source;
mod timestamp;

pub use source::Clock;
pub use timestamp::{ParseTimestampError, Timestamp};
