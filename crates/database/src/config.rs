//! How to reach a database and how hard to lean on it.

use std::{fmt, path::PathBuf};

use serde::Deserialize;

/// Where a subgraph's database is, and its bounds. The times of PostgreSQL are off when they are 0.
#[derive(Clone, Deserialize)]
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
    /// PostgreSQL: how long a statement may run, in milliseconds.
    pub statement_timeout_ms: u64,
    /// PostgreSQL: how long a statement may wait for a lock, in milliseconds.
    pub lock_timeout_ms: u64,
    /// PostgreSQL: how long a transaction may stand idle before the server ends it and frees its locks, in milliseconds.
    pub idle_in_transaction_timeout_ms: u64,
    /// PostgreSQL: a pooled connection that was idle for so long is tested before it is used, in milliseconds.
    pub test_after_idle_ms: u64,
    /// PostgreSQL: how far write transactions are kept apart.
    pub isolation: Isolation,
    /// PostgreSQL: whether the connection is encrypted and the server's certificate checked.
    pub tls: Tls,
    /// PostgreSQL: the certificates (PEM) of who may have signed the server's; empty: the public authorities.
    pub ca_file: PathBuf,
    /// SQLite only: what a commit waits for.
    pub synchronous: Synchronous,
}

/// How far PostgreSQL keeps concurrent write transactions apart. Commands are right on each of them: they lock the rows
/// they decide on, or change them under a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Isolation {
    /// Each statement sees what was committed before it; waiting for a row's lock gives its newest state.
    ReadCommitted,
    /// Each transaction sees one moment; one that meets a newer row is run again.
    RepeatableRead,
    /// As if one ran after the other; more of them are run again.
    Serializable,
}

/// What is asked of the connection to PostgreSQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tls {
    /// What the URL's `sslmode` says; with a `ca_file` the same as `VerifyFull`.
    Url,
    /// Never encrypted.
    Disable,
    /// Encrypted, whoever the server is.
    Require,
    /// Encrypted, and the server's certificate is signed by a trusted authority.
    VerifyCa,
    /// Encrypted, the certificate is trusted and names the host.
    VerifyFull,
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
            statement_timeout_ms: 5_000,
            lock_timeout_ms: 3_000,
            idle_in_transaction_timeout_ms: 10_000,
            test_after_idle_ms: 500,
            isolation: Isolation::ReadCommitted,
            tls: Tls::Url,
            ca_file: PathBuf::new(),
            synchronous: Synchronous::Normal,
        }
    }

    /// Whether the URL is that of an SQLite file.
    pub(crate) fn is_sqlite(&self) -> bool {
        self.url.starts_with("sqlite:")
    }
}

/// Without the URL, which may hold a password.
impl fmt::Debug for DatabaseConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DatabaseConfig")
            .field("readers", &self.readers)
            .field("writers", &self.writers)
            .field("isolation", &self.isolation)
            .field("tls", &self.tls)
            .finish_non_exhaustive()
    }
}
