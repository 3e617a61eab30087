//! A write transaction as a unit of work sees it.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use clock::Timestamp;
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement,
    Values, sea_query::SelectStatement,
};

use crate::{
    DatabaseError, Row,
    error::{Kind, kind},
    meter::Meter,
    sqlite,
    wakes::Wakes,
};

type Hook = Box<dyn FnOnce() + Send>;

/// A write transaction. Hand `&tx` to SeaORM and to store functions; it ends with the unit of work it was made for.
#[derive(Clone)]
pub struct Tx(Arc<Inner>);

/// A transaction of either database.
pub(crate) enum Open {
    Postgres(DatabaseTransaction),
    Sqlite(sqlite::Transaction),
}

struct Inner {
    open: Open,
    meter: Arc<Meter>,
    conflicted: AtomicBool,
    duplicate: AtomicBool,
    failed: AtomicBool,
    wake: AtomicBool,
    wakes: Arc<Wakes>,
    hooks: Mutex<Vec<Hook>>,
}

impl Tx {
    pub(crate) fn new(open: Open, meter: Arc<Meter>, wakes: Arc<Wakes>) -> Self {
        Self(Arc::new(Inner {
            open,
            meter,
            conflicted: AtomicBool::new(false),
            duplicate: AtomicBool::new(false),
            failed: AtomicBool::new(false),
            wake: AtomicBool::new(false),
            wakes,
            hooks: Mutex::new(Vec::new()),
        }))
    }

    /// The database's own time at this moment.
    pub async fn now(&self) -> Result<Timestamp, DatabaseError> {
        crate::now(self).await
    }

    /// Runs `hook` after the commit, and not at all when it is rolled back. It must be quick and must not fail; it is
    /// lost when the process dies, so it may only save waiting.
    pub fn on_commit(&self, hook: impl FnOnce() + Send + 'static) {
        self.0
            .hooks
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(Box::new(hook));
    }

    /// Wakes whoever waits on [`Database::wakes`](crate::Database::wakes) after the commit, once.
    pub fn wake_on_commit(&self) {
        self.0.wake.store(true, Ordering::Relaxed);
    }

    /// A row that was read a moment ago is not as it was: the unit of work, which should end with this error, is run
    /// again on the row's new state. Where rows are locked before they are judged it cannot happen.
    pub fn raced(&self, table: &'static str) -> DatabaseError {
        self.0.conflicted.store(true, Ordering::Relaxed);
        DatabaseError::Raced { table }
    }

    /// Whether another run of the unit of work may succeed.
    pub(crate) fn conflicted(&self) -> bool {
        self.0.conflicted.load(Ordering::Relaxed)
    }

    /// Whether a unique key was taken, on PostgreSQL perhaps by a transaction of the same moment: another run sees it.
    pub(crate) fn duplicate(&self) -> bool {
        self.0.duplicate.load(Ordering::Relaxed)
    }

    /// Whether a statement failed, after which PostgreSQL commits nothing.
    pub(crate) fn failed(&self) -> bool {
        self.0.failed.load(Ordering::Relaxed)
    }

    /// Commits; an error says whether another run may succeed.
    pub(crate) async fn commit(self) -> Result<(), (DatabaseError, bool)> {
        let inner = Arc::into_inner(self.0).ok_or((DatabaseError::Leaked, false))?;
        let committed = match inner.open {
            Open::Postgres(transaction) => transaction.commit().await,
            Open::Sqlite(transaction) => transaction.commit().await.map_err(DbErr::from),
        };
        if let Err(error) = committed {
            // A connection that broke now leaves open whether it was committed.
            let again = kind(&error) == Kind::Conflict;
            return Err((error.into(), again));
        }
        inner.meter.committed();
        if inner.wake.into_inner() {
            inner.wakes.wake();
        }
        for hook in inner
            .hooks
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
        {
            hook();
        }
        Ok(())
    }

    pub(crate) async fn rollback(self) -> Result<(), DatabaseError> {
        let inner = Arc::into_inner(self.0).ok_or(DatabaseError::Leaked)?;
        match inner.open {
            Open::Sqlite(transaction) => drop(transaction),
            Open::Postgres(transaction) => match transaction.rollback().await {
                // With the connection the server has lost the transaction too.
                Err(error) if kind(&error) != Kind::Lost => return Err(error.into()),
                _ => {}
            },
        }
        Ok(())
    }

    fn seen<T>(&self, result: Result<T, DbErr>) -> Result<T, DbErr> {
        if let Err(error) = &result {
            let postgres = self.get_database_backend() == DbBackend::Postgres;
            let (conflicted, duplicate) = match kind(error) {
                Kind::Conflict | Kind::Lost => (true, false),
                Kind::Duplicate => (false, postgres),
                Kind::Unavailable | Kind::Text | Kind::Other => (false, false),
            };
            self.0.conflicted.fetch_or(conflicted, Ordering::Relaxed);
            self.0.duplicate.fetch_or(duplicate, Ordering::Relaxed);
            self.0.failed.fetch_or(postgres, Ordering::Relaxed);
        }
        result
    }
}

impl Tx {
    /// The rows of a query, each through `read`.
    pub async fn rows<T: Send + 'static>(
        &self,
        select: &SelectStatement,
        read: impl Fn(&Row<'_>) -> Result<T, DatabaseError> + Send + 'static,
    ) -> Result<Vec<T>, DatabaseError> {
        let statement = self.get_database_backend().build(select);
        match &self.0.open {
            Open::Postgres(_) => {
                let rows = self.query_all_raw(statement).await?;
                rows.iter().map(|row| read(&Row::Pooled(row))).collect()
            }
            Open::Sqlite(transaction) => {
                self.0.meter.saw(&statement);
                let values = statement.values.unwrap_or(Values(Vec::new()));
                let rows = transaction.rows(statement.sql, values, read).await;
                Ok(self.seen(rows.map_err(DbErr::from))?)
            }
        }
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Tx {
    fn get_database_backend(&self) -> DbBackend {
        match &self.0.open {
            Open::Postgres(_) => DbBackend::Postgres,
            Open::Sqlite(_) => DbBackend::Sqlite,
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.seen(match &self.0.open {
            Open::Postgres(transaction) => transaction.execute_raw(statement).await,
            Open::Sqlite(transaction) => {
                self.0.meter.saw(&statement);
                let done = transaction.execute(statement.sql, statement.values).await;
                done.map(ExecResult::from).map_err(DbErr::from)
            }
        })
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.seen(match &self.0.open {
            Open::Postgres(transaction) => transaction.execute_unprepared(sql).await,
            Open::Sqlite(transaction) => {
                let done = transaction.execute(sql.to_owned(), None).await;
                done.map(ExecResult::from).map_err(DbErr::from)
            }
        })
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        match &self.0.open {
            Open::Postgres(transaction) => self.seen(transaction.query_one_raw(statement).await),
            Open::Sqlite(_) => Ok(self.query_all_raw(statement).await?.into_iter().next()),
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.seen(match &self.0.open {
            Open::Postgres(transaction) => transaction.query_all_raw(statement).await,
            Open::Sqlite(transaction) => {
                self.0.meter.saw(&statement);
                let values = statement.values.unwrap_or(Values(Vec::new()));
                let read = |row: &Row<'_>| sqlite::any(row).map(QueryResult::from);
                let rows = transaction.rows(statement.sql, values, read).await;
                rows.map_err(DbErr::from)
            }
        })
    }
}

impl fmt::Debug for Tx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tx")
    }
}
