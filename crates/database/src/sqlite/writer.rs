//! The one connection that writes.

use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};

use rusqlite::ErrorCode;
use sea_orm::{ConnAcquireErr, DbErr, ProxyExecResult, Values};
use tokio::{
    sync::{Mutex, OwnedMutexGuard},
    task::spawn_blocking,
    time::{Instant, sleep, timeout},
};

use super::connection::Connection;
use crate::{DatabaseConfig, DatabaseError, Row, Synchronous};

/// How long a transaction waits for another process that writes.
const BUSY: Duration = Duration::from_secs(5);
const BUSY_PAUSE: Duration = Duration::from_millis(2);
/// Pages in the write-ahead log from which on it is moved into the file: SQLite's own number.
const MANY: i32 = 1_000;

/// The connection that writes; whoever has its turn has it alone. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Writer {
    /// None once it is closed.
    connection: Arc<Mutex<Option<Connection>>>,
    patience: Duration,
    /// Whether a commit waits for the disk.
    waits: bool,
}

impl Writer {
    /// Opens the file, and makes it if it is not there.
    pub(crate) async fn open(config: &DatabaseConfig) -> Result<Self, DatabaseError> {
        let own = config.clone();
        let connection = blocking(move || Connection::writer(&own)).await?;
        Ok(Self {
            connection: Arc::new(Mutex::new(Some(connection))),
            patience: Duration::from_millis(config.acquire_timeout_ms),
            waits: config.synchronous == Synchronous::Full,
        })
    }

    /// Begins a transaction that may write from the first statement on.
    pub(crate) async fn begin(&self) -> Result<Transaction, DatabaseError> {
        let turn = Arc::new(std::sync::Mutex::new(Turn(self.turn().await?)));
        let began = Instant::now();
        loop {
            let said = turn_of(&turn).connection()?.say("BEGIN IMMEDIATE");
            match said {
                Ok(()) => break,
                Err(error) if is_busy(&error) && began.elapsed() < BUSY => {
                    sleep(BUSY_PAUSE).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Transaction {
            turn,
            waits: self.waits,
        })
    }

    /// Whether somebody writes at this moment.
    pub(crate) fn is_in_use(&self) -> bool {
        self.connection.try_lock().is_err()
    }

    /// Closes the connection once nobody writes, and folds the write-ahead log into the file when it is the last one.
    pub(crate) async fn close(&self) -> Result<(), DatabaseError> {
        let mut guard = Arc::clone(&self.connection).lock_owned().await;
        blocking(move || {
            drop(guard.take());
            Ok(())
        })
        .await
    }

    async fn turn(&self) -> Result<OwnedMutexGuard<Option<Connection>>, DatabaseError> {
        let connection = Arc::clone(&self.connection);
        if let Ok(guard) = Arc::clone(&connection).try_lock_owned() {
            return Ok(guard);
        }
        timeout(self.patience, connection.lock_owned())
            .await
            .map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout).into())
    }
}

/// A transaction on the connection that writes. Dropped, it is rolled back.
pub(crate) struct Transaction {
    turn: Arc<std::sync::Mutex<Turn>>,
    waits: bool,
}

impl Transaction {
    /// The rows of a statement, each through `read`.
    pub(crate) async fn rows<T: Send + 'static>(
        &self,
        sql: String,
        values: Values,
        read: impl Fn(&Row<'_>) -> Result<T, DatabaseError> + Send + 'static,
    ) -> Result<Vec<T>, DatabaseError> {
        self.run(sql, move |connection, sql| {
            connection.rows(sql, &values, &read)
        })
        .await
    }

    /// Runs a statement for what it does; a text without values may hold several.
    pub(crate) async fn execute(
        &self,
        sql: String,
        values: Option<Values>,
    ) -> Result<ProxyExecResult, DatabaseError> {
        self.run(sql, move |connection, sql| match &values {
            Some(values) => connection.execute(sql, values),
            None => connection.execute_all(sql),
        })
        .await
    }

    /// Runs `work` here, or on a blocking thread when the statement was long before.
    async fn run<T: Send + 'static>(
        &self,
        sql: String,
        work: impl FnOnce(&Connection, &str) -> Result<T, DatabaseError> + Send + 'static,
    ) -> Result<T, DatabaseError> {
        {
            let mut turn = turn_of(&self.turn);
            let connection = turn.connection()?;
            if !connection.is_long(&sql) {
                return connection.timed(&sql, |connection| work(connection, &sql));
            }
        }
        // The thread keeps the turn until the statement is over, whatever becomes of the caller.
        let turn = Arc::clone(&self.turn);
        blocking(move || {
            let mut turn = turn_of(&turn);
            turn.connection()?
                .timed(&sql, |connection| work(connection, &sql))
        })
        .await
    }

    /// Makes it last.
    pub(crate) async fn commit(self) -> Result<(), DatabaseError> {
        let Some(turn) = Arc::into_inner(self.turn) else {
            return Err(DatabaseError::Leaked);
        };
        let turn = turn.into_inner().unwrap_or_else(PoisonError::into_inner);
        if self.waits {
            return blocking(move || turn.commit()?.map_or(Ok(()), Turn::checkpoint)).await;
        }
        if let Some(full) = turn.commit()? {
            // Nobody writes before the log is moved, or it would grow for as long as somebody does.
            drop(spawn_blocking(move || {
                if let Err(error) = full.checkpoint() {
                    tracing::warn!(error = %error, "the write-ahead log was not moved into its database");
                }
            }));
        }
        Ok(())
    }
}

/// The time during which one transaction has the connection.
struct Turn(OwnedMutexGuard<Option<Connection>>);

impl Turn {
    fn connection(&mut self) -> Result<&mut Connection, DatabaseError> {
        let closed = || DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed);
        Ok(self.0.as_mut().ok_or_else(closed)?)
    }

    /// Commits; gives the turn back when the write-ahead log is to be moved.
    fn commit(mut self) -> Result<Option<Self>, DatabaseError> {
        let logged = self.connection()?.commit()?;
        Ok((logged >= MANY).then_some(self))
    }

    fn checkpoint(mut self) -> Result<(), DatabaseError> {
        self.connection()?.checkpoint()
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(connection) = self.0.as_ref()
            && connection.is_in_transaction()
            && let Err(error) = connection.say("ROLLBACK")
        {
            tracing::error!(error = %error, "a transaction could not be undone");
        }
    }
}

fn turn_of(turn: &std::sync::Mutex<Turn>) -> std::sync::MutexGuard<'_, Turn> {
    turn.lock().unwrap_or_else(PoisonError::into_inner)
}

fn is_busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, DatabaseError> + Send + 'static,
) -> Result<T, DatabaseError> {
    spawn_blocking(work)
        .await
        .map_err(|error| DbErr::Custom(error.to_string()))?
}
