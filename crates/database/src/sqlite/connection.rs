//! One connection to an SQLite file.

use std::{
    cell::Cell,
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use rusqlite::{CachedStatement, OpenFlags, config::DbConfig};
use sea_orm::{ProxyExecResult, Value, Values};

use super::values::Bound;
use crate::{DatabaseConfig, DatabaseError, Row, Synchronous};

const STATEMENTS_KEPT: usize = 256;
/// How many long statements are remembered.
const LONG_KEPT: usize = 256;
/// How long a reader waits while the file is made whole after a crash.
const BUSY: Duration = Duration::from_secs(5);
/// SQLite tells after so many instructions of its machine that it goes on.
const STRIDE: i32 = 1_000;
/// A statement that takes more strides, a millisecond or so, is long.
pub(super) const SHORT: i64 = 40;

thread_local! {
    /// Pages in the write-ahead log, as the last commit of this thread left it.
    static LOGGED: Cell<i32> = const { Cell::new(0) };
}

/// A connection.
pub(crate) struct Connection {
    sqlite: rusqlite::Connection,
    /// How many strides the statement at hand may still take.
    strides: Arc<AtomicI64>,
    /// Statements that were long before.
    long: HashSet<String>,
}

impl Connection {
    /// One that only reads a file that is there.
    pub(super) fn reader(config: &DatabaseConfig) -> Result<Self, DatabaseError> {
        let connection = Self::open(config, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        connection.sqlite.busy_timeout(BUSY)?;
        connection.sqlite.execute_batch("PRAGMA query_only = ON")?;
        Ok(connection)
    }

    /// One that writes, and makes the file. It does not wait for others who write.
    pub(super) fn writer(config: &DatabaseConfig) -> Result<Self, DatabaseError> {
        let make = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let connection = Self::open(config, make)?;
        let synchronous = match config.synchronous {
            Synchronous::Normal => "NORMAL",
            Synchronous::Full => "FULL",
        };
        connection.sqlite.busy_timeout(BUSY)?;
        connection.sqlite.execute_batch(&format!(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = {synchronous}; PRAGMA foreign_keys = ON"
        ))?;
        connection.sqlite.busy_timeout(Duration::ZERO)?;
        // It takes the place of SQLite's own checkpoints, which would hold up the thread that commits.
        connection.sqlite.wal_hook(Some(|_, pages| {
            LOGGED.set(pages);
            Ok(())
        }));
        Ok(connection)
    }

    fn open(config: &DatabaseConfig, flags: OpenFlags) -> Result<Self, DatabaseError> {
        let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let sqlite = rusqlite::Connection::open_with_flags(file(&config.url), flags)?;
        sqlite.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
        // Without it a statement is planned anew each time a value is bound to its LIMIT.
        sqlite.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        sqlite.execute_batch(
            "PRAGMA cache_size = -16000; PRAGMA mmap_size = 268435456; PRAGMA temp_store = MEMORY",
        )?;
        let strides = Arc::new(AtomicI64::new(i64::MAX));
        let left = Arc::clone(&strides);
        sqlite.progress_handler(
            STRIDE,
            Some(move || left.fetch_sub(1, Ordering::Relaxed) <= 0),
        )?;
        Ok(Self {
            sqlite,
            strides,
            long: HashSet::new(),
        })
    }

    /// From now on a statement that takes more strides is interrupted.
    pub(super) fn allow(&self, strides: i64) {
        self.strides.store(strides, Ordering::Relaxed);
    }

    /// Whether a statement was long when it ran before.
    pub(super) fn is_long(&self, sql: &str) -> bool {
        !self.long.is_empty() && self.long.contains(sql)
    }

    /// Lets a statement take its time, and remembers whether it was long.
    pub(super) fn timed<T>(&mut self, sql: &str, run: impl FnOnce(&Self) -> T) -> T {
        self.allow(i64::MAX);
        let done = run(self);
        if i64::MAX - self.strides.load(Ordering::Relaxed) > SHORT {
            if self.long.len() >= LONG_KEPT {
                self.long.clear();
            }
            self.long.insert(sql.to_owned());
        }
        done
    }

    /// The rows of a statement, each through `read`.
    pub(super) fn rows<T>(
        &self,
        sql: &str,
        values: &Values,
        read: &impl Fn(&Row<'_>) -> Result<T, DatabaseError>,
    ) -> Result<Vec<T>, DatabaseError> {
        let mut prepared = self.prepare(sql, &values.0)?;
        let mut found = prepared.raw_query();
        let mut rows = Vec::new();
        while let Some(row) = found.next()? {
            rows.push(read(&Row::Direct(row))?);
        }
        Ok(rows)
    }

    /// Runs a statement for what it does.
    pub(super) fn execute(
        &self,
        sql: &str,
        values: &Values,
    ) -> Result<ProxyExecResult, DatabaseError> {
        let mut prepared = self.prepare(sql, &values.0)?;
        let mut found = prepared.raw_query();
        while found.next()?.is_some() {}
        Ok(self.done())
    }

    /// Runs a text of any number of statements.
    pub(super) fn execute_all(&self, sql: &str) -> Result<ProxyExecResult, DatabaseError> {
        self.sqlite.execute_batch(sql)?;
        Ok(self.done())
    }

    fn done(&self) -> ProxyExecResult {
        let last = u64::try_from(self.sqlite.last_insert_rowid()).unwrap_or(0);
        ProxyExecResult::new(last, self.sqlite.changes())
    }

    fn prepare(&self, sql: &str, values: &[Value]) -> Result<CachedStatement<'_>, DatabaseError> {
        let mut prepared = self.sqlite.prepare_cached(sql)?;
        for (place, value) in (1..).zip(values) {
            prepared.raw_bind_parameter(place, Bound(value))?;
        }
        Ok(prepared)
    }

    /// Runs one of the statements that begin and undo a transaction.
    pub(super) fn say(&self, word: &str) -> rusqlite::Result<()> {
        self.sqlite.prepare_cached(word)?.raw_execute().map(drop)
    }

    /// Whether a transaction is open: SQLite ends one by itself when the disk is full.
    pub(super) fn is_in_transaction(&self) -> bool {
        !self.sqlite.is_autocommit()
    }

    /// Commits; gives the pages that are in the write-ahead log now.
    pub(super) fn commit(&self) -> rusqlite::Result<i32> {
        LOGGED.set(0);
        self.say("COMMIT")?;
        Ok(LOGGED.get())
    }

    /// Moves the write-ahead log into the file, which takes as long as the disk does.
    pub(super) fn checkpoint(&self) -> Result<(), DatabaseError> {
        Ok(self
            .sqlite
            .execute_batch("PRAGMA wal_checkpoint(PASSIVE)")?)
    }
}

/// The file that a URL like `sqlite:shop.db?mode=rwc` names.
fn file(url: &str) -> &str {
    let rest = url.strip_prefix("sqlite:").unwrap_or(url);
    let rest = rest.strip_prefix("//").unwrap_or(rest);
    rest.split_once('?').map_or(rest, |(file, _)| file)
}
