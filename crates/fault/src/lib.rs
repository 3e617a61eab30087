#![doc = include_str!("../README.md")]

mod code;
mod error;

pub use code::Code;
pub use error::Fault;
