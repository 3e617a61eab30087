//! How to reach a database and how hard to lean on it.

use serde::Deserialize;

/// Where a subgraph's database is, and its bounds.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseConfig {
    /// `sqlite:<file>` or `postgres://…`. Empty: a file in the data folder.
    pub url: String,
    /// Connections that only read.
    pub readers: u32,
    /// Connections that write; SQLite always uses one.
    pub writers: u32,
    /// How long a request waits for a free connection, in milliseconds, before it is answered UNAVAILABLE.
    pub acquire_timeout_ms: u64,
    /// SQLite only: what a commit waits for.
    pub synchronous: Synchronous,
}

/// What a commit of SQLite waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Synchronous {
    /// The operating system has it: survives kill -9, may lose the last moments when the power goes.
    Normal,
    /// The disk has it: survives loss of power, at about half the speed.
    Full,
}

impl DatabaseConfig {
    /// The defaults with this URL.
    pub fn at(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            readers: 4,
            writers: 8,
            acquire_timeout_ms: 5_000,
            synchronous: Synchronous::Normal,
        }
    }
}
