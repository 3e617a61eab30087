//! The one connection that writes.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use sea_orm::{DbErr, ProxyExecResult, Values};
use tokio::{
    task::spawn_blocking,
    time::{Instant, sleep},
};

use super::{
    connection::Connection,
    turns::{Line, Turn},
};
use crate::{
    DatabaseConfig, DatabaseError, Row, Synchronous,
    error::{Kind, kind},
};

/// How long a transaction waits for another process that writes.
const BUSY: Duration = Duration::from_secs(5);
const BUSY_PAUSE: Duration = Duration::from_millis(2);

/// The connection that writes; whoever has its turn has it alone. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Writer {
    line: Line,
    patience: Duration,
}

impl Writer {
    /// Opens the file, and makes it if it is not there.
    pub(crate) async fn open(config: &DatabaseConfig) -> Result<Self, DatabaseError> {
        let own = config.clone();
        let connection = blocking(move || Connection::writer(&own)).await?;
        Ok(Self {
            line: Line::new(
                Box::new(connection),
                config.synchronous == Synchronous::Full,
            ),
            patience: Duration::from_millis(config.acquire_timeout_ms),
        })
    }

    /// Begins a transaction that may write from the first statement on.
    pub(crate) async fn begin(&self) -> Result<Transaction, DatabaseError> {
        let mut turn = self.line.turn(self.patience).await?;
        let began = Instant::now();
        loop {
            match turn.begin() {
                Ok(()) => break,
                Err(DatabaseError::Sql(error))
                    if kind(&error) == Kind::Conflict && began.elapsed() < BUSY =>
                {
                    sleep(BUSY_PAUSE).await;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(Transaction {
            turn: Arc::new(Mutex::new(turn)),
        })
    }

    /// Whether somebody writes at this moment.
    pub(crate) fn is_in_use(&self) -> bool {
        self.line.is_in_use()
    }

    /// Closes the connection once nobody writes, and folds the write-ahead log into the file when it is the last one.
    pub(crate) async fn close(&self) -> Result<(), DatabaseError> {
        let turn = self.line.turn(Duration::MAX).await;
        blocking(move || {
            if let Ok(turn) = turn {
                turn.close();
            }
            Ok(())
        })
        .await
    }
}

/// A transaction on the connection that writes. Dropped, it is rolled back.
pub(crate) struct Transaction {
    turn: Arc<Mutex<Turn>>,
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
        let told = turn.finish()?.await;
        Ok(told.map_err(|_| DbErr::Custom("nobody committed it".to_owned()))??)
    }
}

fn turn_of(turn: &Mutex<Turn>) -> MutexGuard<'_, Turn> {
    turn.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, DatabaseError> + Send + 'static,
) -> Result<T, DatabaseError> {
    spawn_blocking(work)
        .await
        .map_err(|error| DbErr::Custom(error.to_string()))?
}
