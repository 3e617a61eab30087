//! A subgraph's database.

use std::{
    fmt,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use clock::Clock;
use sea_orm::{
    ConnectOptions, DatabaseConnection, DbBackend, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
    sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous},
};
use tokio::sync::Notify;

use crate::{DatabaseConfig, DatabaseError, Synchronous, Tx};

const ATTEMPTS: u32 = 6;

/// A subgraph's database: a pool that reads and a pool that writes. Cheap to clone.
#[derive(Clone)]
pub struct Database(Arc<Pools>);

struct Pools {
    reader: DatabaseConnection,
    writer: DatabaseConnection,
    clock: Clock,
    wakes: Arc<Notify>,
    statements: Arc<AtomicU64>,
    transactions: AtomicU64,
}

/// How much a database was asked since it was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stats {
    /// Statements, without BEGIN and COMMIT.
    pub statements: u64,
    /// Write transactions that were committed.
    pub transactions: u64,
}

impl Database {
    /// Opens the database, creating the file of an SQLite one. Fails when it cannot be reached.
    pub async fn connect(config: &DatabaseConfig, clock: Clock) -> Result<Self, DatabaseError> {
        let statements = Arc::new(AtomicU64::new(0));
        let sqlite = config.url.starts_with("sqlite:");
        let writers = if sqlite { 1 } else { config.writers.max(1) };
        let mut writer = sea_orm::Database::connect(options(config, writers, false)).await?;
        count(&mut writer, &statements);
        let mut reader =
            sea_orm::Database::connect(options(config, config.readers.max(1), true)).await?;
        count(&mut reader, &statements);
        Ok(Self(Arc::new(Pools {
            reader,
            writer,
            clock,
            wakes: Arc::new(Notify::new()),
            statements,
            transactions: AtomicU64::new(0),
        })))
    }

    /// Opens the SQLite database in `file` with the default bounds.
    pub async fn open_file(file: &Path, clock: Clock) -> Result<Self, DatabaseError> {
        Self::connect(
            &DatabaseConfig::at(format!("sqlite:{}", file.display())),
            clock,
        )
        .await
    }

    /// A connection that only reads.
    pub fn read(&self) -> &DatabaseConnection {
        &self.0.reader
    }

    /// The pool that writes, for migrations alone; everything else goes through [`Database::write`].
    pub fn writer(&self) -> &DatabaseConnection {
        &self.0.writer
    }

    /// PostgreSQL or SQLite.
    pub fn backend(&self) -> DbBackend {
        self.0.reader.get_database_backend()
    }

    /// Notified after each commit that left events in the outbox.
    pub fn wakes(&self) -> &Arc<Notify> {
        &self.0.wakes
    }

    /// What this database was asked so far.
    pub fn stats(&self) -> Stats {
        Stats {
            statements: self.0.statements.load(Ordering::Relaxed),
            transactions: self.0.transactions.load(Ordering::Relaxed),
        }
    }

    /// Connections in use and open of the reader and the writer pool: `[(in use, open); 2]`.
    pub fn pools(&self) -> [(u32, u32); 2] {
        [&self.0.reader, &self.0.writer].map(|pool| {
            let (open, idle) = if self.backend() == DbBackend::Postgres {
                let pool = pool.get_postgres_connection_pool();
                (pool.size(), pool.num_idle())
            } else {
                let pool = pool.get_sqlite_connection_pool();
                (pool.size(), pool.num_idle())
            };
            (
                open.saturating_sub(u32::try_from(idle).unwrap_or(open)),
                open,
            )
        })
    }

    /// Runs `work` in a write transaction and commits when it returns Ok; any error rolls everything back. The work
    /// is run again, at most five times, when the database reports a serialization failure, a deadlock or a lock.
    ///
    /// Inside `work` nothing is awaited but SQL, and the [`Tx`] does not outlive it.
    pub async fn write<T, E, F, Fut>(&self, work: F) -> Result<T, E>
    where
        F: Fn(Tx) -> Fut,
        Fut: Future<Output = Result<T, E>>,
        E: From<DatabaseError>,
    {
        let mut attempt = 1;
        loop {
            let tx = Tx::new(self.begin().await?, Arc::clone(&self.0.wakes));
            let outcome = work(tx.clone()).await;
            let again = tx.wants_another_run() && attempt < ATTEMPTS;
            match outcome {
                Ok(value) => match tx.commit().await {
                    Ok(()) => {
                        self.0.transactions.fetch_add(1, Ordering::Relaxed);
                        return Ok(value);
                    }
                    Err((_, true)) if attempt < ATTEMPTS => {}
                    Err((error, _)) => return Err(error.into()),
                },
                Err(error) => {
                    tx.rollback().await?;
                    if !again {
                        return Err(error);
                    }
                }
            }
            let pause = Duration::from_millis(5 << attempt).mul_f64(self.0.clock.fraction());
            tokio::time::sleep(pause).await;
            attempt += 1;
        }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "this is the wrapper that the ban points to"
    )]
    async fn begin(&self) -> Result<sea_orm::DatabaseTransaction, DatabaseError> {
        let options = TransactionOptions {
            sqlite_transaction_mode: (self.backend() == DbBackend::Sqlite)
                .then_some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        Ok(self.0.writer.begin_with_options(options).await?)
    }

    /// Closes both pools; SQLite folds its write-ahead log into the file.
    pub async fn close(&self) -> Result<(), DatabaseError> {
        self.0.reader.close_by_ref().await?;
        self.0.writer.close_by_ref().await?;
        Ok(())
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Database").field(&self.backend()).finish()
    }
}

fn options(config: &DatabaseConfig, connections: u32, read_only: bool) -> ConnectOptions {
    let synchronous = match config.synchronous {
        Synchronous::Normal => SqliteSynchronous::Normal,
        Synchronous::Full => SqliteSynchronous::Full,
    };
    let mut options = ConnectOptions::new(&config.url);
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(Duration::from_millis(config.acquire_timeout_ms))
        .test_before_acquire(false)
        .sqlx_logging(false)
        .record_stmt_in_spans(false)
        .map_sqlx_sqlite_opts(move |sqlite| {
            let sqlite = sqlite
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(synchronous)
                .foreign_keys(true)
                .busy_timeout(Duration::from_secs(5))
                .statement_cache_capacity(256)
                .pragma("cache_size", "-16000")
                .pragma("mmap_size", "268435456")
                .pragma("temp_store", "memory");
            if read_only {
                sqlite.pragma("query_only", "on")
            } else {
                sqlite
            }
        });
    if config.url.starts_with("sqlite:") {
        options.idle_timeout(None).max_lifetime(None);
    }
    options
}

fn count(connection: &mut DatabaseConnection, statements: &Arc<AtomicU64>) {
    let statements = Arc::clone(statements);
    connection.set_metric_callback(move |_| {
        statements.fetch_add(1, Ordering::Relaxed);
    });
}
