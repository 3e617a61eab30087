//! A subgraph's database.

use std::{fmt, path::Path, sync::Arc, time::Duration};

use clock::Clock;
use sea_orm::{DatabaseConnection, DbBackend, DbErr, Statement, TransactionTrait};
use tokio::sync::Notify;

use crate::{
    DatabaseConfig, DatabaseError, Stats, Tx,
    error::{Kind, kind},
    meter::Meter,
    postgres::{self, Purpose},
    sqlite::{Readers, Writer, door},
    transaction::Open,
    wakes::Wakes,
};

/// How often a unit of work is run, at most.
const ATTEMPTS: u32 = 8;

/// A subgraph's database: connections that read and connections that write. Cheap to clone.
#[derive(Clone)]
pub struct Database(Arc<Pools>);

struct Pools {
    reader: DatabaseConnection,
    writer: DatabaseConnection,
    /// What stands behind both on SQLite.
    sqlite: Option<(Readers, Writer)>,
    clock: Clock,
    config: DatabaseConfig,
    wakes: Arc<Wakes>,
    meter: Arc<Meter>,
}

impl Database {
    /// Opens the database, creating the file of an SQLite one. Fails when it cannot be reached.
    pub async fn connect(config: &DatabaseConfig, clock: Clock) -> Result<Self, DatabaseError> {
        let meter = Arc::new(Meter::default());
        let (reader, writer, sqlite) = if config.is_sqlite() {
            let writer = Writer::open(config).await?;
            let readers = Readers::new(config);
            let of = |writer| door(readers.clone(), writer, Arc::clone(&meter));
            (
                of(None).await?,
                of(Some(writer.clone())).await?,
                Some((readers, writer)),
            )
        } else {
            let (readers, writers) = (config.readers.max(1), config.writers.max(1));
            (
                postgres::pool(config, readers, Purpose::Read).await?,
                postgres::pool(config, writers, Purpose::Write).await?,
                None,
            )
        };
        // What tells others is not counted: it is no statement of a unit of work.
        let wakes = Wakes::new(&writer, clock.id().to_string());
        Ok(Self(Arc::new(Pools {
            reader: counted(reader, &meter),
            writer: counted(writer, &meter),
            sqlite,
            clock,
            config: config.clone(),
            wakes: Arc::new(wakes),
            meter,
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

    /// What reads on the caller's thread, when it can: SQLite.
    pub(crate) fn readers(&self) -> Option<&Readers> {
        self.0.sqlite.as_ref().map(|(readers, _)| readers)
    }

    pub(crate) fn meter(&self) -> &Meter {
        &self.0.meter
    }

    /// What writes, for migrations of tests; everything else goes through [`Database::write`].
    pub fn writer(&self) -> &DatabaseConnection {
        &self.0.writer
    }

    /// A connection for migrations: one of its own and without limits of time on PostgreSQL, to be closed by the
    /// caller; the writer on SQLite.
    pub async fn for_migrations(&self) -> Result<DatabaseConnection, DatabaseError> {
        if self.backend() == DbBackend::Sqlite {
            return Ok(self.0.writer.clone());
        }
        postgres::pool(&self.0.config, 1, Purpose::Maintain).await
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
        self.0.meter.stats()
    }

    /// Lets `told` hear of every statement from now on, but BEGIN and COMMIT; once for a database. For tools and tests.
    pub fn observe(&self, told: impl Fn(&Statement) + Send + Sync + 'static) {
        self.0.meter.tell(told);
    }

    /// Connections in use and open, of those that read and those that write: `[(in use, open); 2]`.
    pub fn pools(&self) -> [(u32, u32); 2] {
        if let Some((readers, writer)) = &self.0.sqlite {
            let number = |count| u32::try_from(count).unwrap_or(u32::MAX);
            let (in_use, open) = readers.usage();
            return [
                (number(in_use), number(open)),
                (u32::from(writer.is_in_use()), 1),
            ];
        }
        [&self.0.reader, &self.0.writer].map(|pool| {
            let pool = pool.get_postgres_connection_pool();
            let open = pool.size();
            let idle = u32::try_from(pool.num_idle()).unwrap_or(open);
            (open.saturating_sub(idle), open)
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
                Ok(open) => {
                    let pools = &self.0;
                    let tx = Tx::new(open, Arc::clone(&pools.meter), Arc::clone(&pools.wakes));
                    match work(tx.clone()).await {
                        Ok(value) if tx.failed() => {
                            tx.rollback().await?;
                            drop(value);
                            return Err(DatabaseError::WentOn.into());
                        }
                        Ok(value) => match tx.commit().await {
                            Ok(()) => return Ok(value),
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
    async fn begin(&self) -> Result<Open, DbErr> {
        Ok(match &self.0.sqlite {
            Some((_, writer)) => Open::Sqlite(writer.begin().await?),
            None => Open::Postgres(self.0.writer.begin().await?),
        })
    }

    /// Closes all connections; SQLite folds its write-ahead log into the file.
    pub async fn close(&self) -> Result<(), DatabaseError> {
        if let Some((readers, writer)) = &self.0.sqlite {
            readers.close();
            return writer.close().await;
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

fn counted(mut connection: DatabaseConnection, meter: &Arc<Meter>) -> DatabaseConnection {
    let meter = Arc::clone(meter);
    connection.set_metric_callback(move |info| meter.saw(info.statement));
    connection
}
