//! A subgraph's database.

use std::{
    fmt,
    path::Path,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use clock::Clock;
use sea_orm::{
    DatabaseConnection, DbBackend, DbErr, SqliteTransactionMode, Statement, TransactionOptions,
    TransactionTrait,
};
use tokio::sync::Notify;

use crate::{
    DatabaseConfig, DatabaseError, Tx,
    direct::Readers,
    error::{Kind, kind},
    postgres::{self, Purpose},
    sqlite,
    wakes::Wakes,
};

/// How often a unit of work is run, at most.
const ATTEMPTS: u32 = 8;

/// A subgraph's database: a pool that reads and a pool that writes. Cheap to clone.
#[derive(Clone)]
pub struct Database(Arc<Pools>);

struct Pools {
    reader: DatabaseConnection,
    writer: DatabaseConnection,
    /// SQLite only.
    direct: Option<Readers>,
    clock: Clock,
    config: DatabaseConfig,
    wakes: Arc<Wakes>,
    statements: Arc<AtomicU64>,
    observer: Observer,
    transactions: AtomicU64,
}

/// Who hears of each statement.
type Observer = Arc<OnceLock<Box<dyn Fn(&Statement) + Send + Sync>>>;

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
        let (statements, observer) = (Arc::new(AtomicU64::new(0)), Observer::default());
        let (readers, writers) = (config.readers.max(1), config.writers.max(1));
        let (writer, reader) = if config.is_sqlite() {
            (
                sqlite::pool(config, 1, false),
                sqlite::pool(config, readers, true),
            )
        } else {
            (
                postgres::pool(config, writers, Purpose::Write),
                postgres::pool(config, readers, Purpose::Read),
            )
        };
        let mut writer = sea_orm::Database::connect(writer).await?;
        let wakes = Wakes::new(&writer, clock.id().to_string());
        count(&mut writer, &statements, &observer);
        let mut reader = sea_orm::Database::connect(reader).await?;
        count(&mut reader, &statements, &observer);
        Ok(Self(Arc::new(Pools {
            reader,
            writer,
            direct: config.is_sqlite().then(|| Readers::new(config)),
            clock,
            config: config.clone(),
            wakes: Arc::new(wakes),
            statements,
            observer,
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

    /// What reads on the caller's thread, when it can: SQLite. Counts the statement that is about to be run.
    pub(crate) fn direct(&self) -> Option<&Readers> {
        let direct = self.0.direct.as_ref()?;
        self.0.statements.fetch_add(1, Ordering::Relaxed);
        Some(direct)
    }

    /// The pool that writes, for migrations of tests; everything else goes through [`Database::write`].
    pub fn writer(&self) -> &DatabaseConnection {
        &self.0.writer
    }

    /// A connection for migrations: one of its own and without limits of time on PostgreSQL, to be closed by the
    /// caller; the writer on SQLite.
    pub async fn for_migrations(&self) -> Result<DatabaseConnection, DatabaseError> {
        if self.backend() == DbBackend::Sqlite {
            return Ok(self.0.writer.clone());
        }
        let options = postgres::pool(&self.0.config, 1, Purpose::Maintain);
        Ok(sea_orm::Database::connect(options).await?)
    }

    /// PostgreSQL or SQLite.
    pub fn backend(&self) -> DbBackend {
        self.0.reader.get_database_backend()
    }

    /// Notified after each commit that left events in the outbox: of this process, and of all others while
    /// [`Database::listen`] runs.
    pub fn wakes(&self) -> &Arc<Notify> {
        self.0.wakes.here()
    }

    /// What this process is called in leases.
    pub(crate) fn name(&self) -> &str {
        self.0.wakes.name()
    }

    /// Lets commits of other processes notify [`Database::wakes`] too, for as long as this is polled. It takes a
    /// connection of its own, which is opened again when it is lost. On SQLite there are no other processes.
    pub async fn listen(&self) {
        if self.backend() == DbBackend::Postgres {
            match postgres::single(&self.0.config) {
                Ok(options) => self.0.wakes.listen(options).await,
                Err(error) => tracing::warn!(error = %error, "cannot listen for new events"),
            }
        }
        std::future::pending().await
    }

    /// What this database was asked so far.
    pub fn stats(&self) -> Stats {
        Stats {
            statements: self.0.statements.load(Ordering::Relaxed),
            transactions: self.0.transactions.load(Ordering::Relaxed),
        }
    }

    /// Lets `told` hear of every statement from now on, but BEGIN and COMMIT; once for a database. For tools and tests.
    pub fn observe(&self, told: impl Fn(&Statement) + Send + Sync + 'static) {
        // The first one stays.
        let _ = self.0.observer.set(Box::new(told));
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
    /// is run again, seven times at most, after a serialization failure, a deadlock, a lock, a race that it reported
    /// with [`Tx::raced`], and a connection that broke before the commit; and once when a unique key was taken, in case
    /// that was done at this very moment.
    ///
    /// Inside `work` nothing is awaited but SQL, and the [`Tx`] does not outlive it.
    pub async fn write<T, E, F, Fut>(&self, work: F) -> Result<T, E>
    where
        F: Fn(Tx) -> Fut,
        Fut: Future<Output = Result<T, E>>,
        E: From<DatabaseError>,
    {
        let mut attempt = 1;
        let mut duplicates = 0;
        loop {
            let may_try_again = attempt < ATTEMPTS;
            match self.begin().await {
                Ok(transaction) => {
                    let tx = Tx::new(transaction, Arc::clone(&self.0.wakes));
                    match work(tx.clone()).await {
                        Ok(value) if tx.failed() => {
                            tx.rollback().await?;
                            drop(value);
                            return Err(DatabaseError::WentOn.into());
                        }
                        Ok(value) => match tx.commit().await {
                            Ok(()) => {
                                self.0.transactions.fetch_add(1, Ordering::Relaxed);
                                return Ok(value);
                            }
                            Err((_, true)) if may_try_again => {}
                            Err((error, _)) => return Err(error.into()),
                        },
                        Err(error) => {
                            duplicates += u32::from(tx.duplicate());
                            let again = tx.conflicted() || (tx.duplicate() && duplicates == 1);
                            tx.rollback().await?;
                            if !(again && may_try_again) {
                                return Err(error);
                            }
                        }
                    }
                }
                Err(error) if kind(&error) == Kind::Lost && may_try_again => {}
                Err(error) => return Err(DatabaseError::from(error).into()),
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
    async fn begin(&self) -> Result<sea_orm::DatabaseTransaction, DbErr> {
        let options = TransactionOptions {
            sqlite_transaction_mode: (self.backend() == DbBackend::Sqlite)
                .then_some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        self.0.writer.begin_with_options(options).await
    }

    /// Closes both pools; SQLite folds its write-ahead log into the file.
    pub async fn close(&self) -> Result<(), DatabaseError> {
        if let Some(direct) = &self.0.direct {
            direct.close();
        }
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

fn count(connection: &mut DatabaseConnection, statements: &Arc<AtomicU64>, observer: &Observer) {
    let (statements, observer) = (Arc::clone(statements), Arc::clone(observer));
    connection.set_metric_callback(move |info| {
        statements.fetch_add(1, Ordering::Relaxed);
        if let Some(told) = observer.get() {
            told(info.statement);
        }
    });
}
