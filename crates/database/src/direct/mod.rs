//! Short reads of SQLite without a thread in between: a statement runs where it is awaited, which takes microseconds,
//! while handing it to a thread of its own and its rows back takes many times as long.
//!
//! Here is how such connections are opened and lent. Never here: writing, and PostgreSQL.

mod connection;
mod readers;

pub(crate) use readers::Readers;
