//! SQLite without threads in between: a statement runs where it is awaited, which takes microseconds, while handing it to
//! a thread of its own and its rows back takes many times as long. What turns out to be long runs on a blocking thread.
//!
//! Here is how connections are opened and lent, what is committed together, and how SeaORM asks them. Never here: PostgreSQL.

mod connection;
mod door;
mod readers;
mod turns;
mod values;
mod writer;

pub(crate) use door::{any, door};
pub(crate) use readers::Readers;
pub(crate) use values::refused;
pub(crate) use writer::{Transaction, Writer};
