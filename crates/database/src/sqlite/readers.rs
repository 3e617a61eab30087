//! Connections that read on their caller's thread.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use sea_orm::{ConnAcquireErr, DbErr, Values};
use tokio::{sync::Semaphore, task::spawn_blocking, time::timeout};

use super::connection::{Connection, SHORT};
use crate::{DatabaseConfig, DatabaseError, Row};

/// A few connections, lent for one statement at a time; one that is long begins anew in a thread where it holds nobody up.
/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct Readers(Arc<Inner>);

struct Inner {
    config: DatabaseConfig,
    /// Opened when they are wanted.
    idle: Mutex<Vec<Connection>>,
    permits: Semaphore,
}

impl Readers {
    pub(crate) fn new(config: &DatabaseConfig) -> Self {
        Self(Arc::new(Inner {
            idle: Mutex::new(Vec::new()),
            permits: Semaphore::new(most(config)),
            config: config.clone(),
        }))
    }

    /// The rows of a statement, each through `read`.
    pub(crate) async fn rows<T: Send + 'static>(
        &self,
        sql: String,
        values: Values,
        read: impl Fn(&Row<'_>) -> Result<T, DatabaseError> + Send + 'static,
    ) -> Result<Vec<T>, DatabaseError> {
        let permit = match self.0.permits.try_acquire() {
            Ok(permit) => permit,
            Err(_) => self.wait().await?,
        };
        let idle = self.idle().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => Connection::reader(&self.0.config)?,
        };
        connection.allow(SHORT);
        match connection.rows(&sql, &values, &read) {
            Err(DatabaseError::TooLong) => {}
            rows => {
                self.idle().push(connection);
                return rows;
            }
        }
        // The thread gives the connection back, whatever becomes of the caller.
        permit.forget();
        let readers = self.clone();
        let long = move || {
            connection.allow(i64::MAX);
            let rows = connection.rows(&sql, &values, &read);
            readers.idle().push(connection);
            readers.0.permits.add_permits(1);
            rows
        };
        spawn_blocking(long)
            .await
            .map_err(|error| DbErr::Custom(error.to_string()))?
    }

    /// Connections in use and open.
    pub(crate) fn usage(&self) -> (usize, usize) {
        let in_use = most(&self.0.config).saturating_sub(self.0.permits.available_permits());
        (in_use, in_use + self.idle().len())
    }

    /// Lends no connection any more, and closes them.
    pub(crate) fn close(&self) {
        self.0.permits.close();
        self.idle().clear();
    }

    async fn wait(&self) -> Result<tokio::sync::SemaphorePermit<'_>, DatabaseError> {
        let patience = Duration::from_millis(self.0.config.acquire_timeout_ms);
        let failed = |error| DatabaseError::from(DbErr::ConnectionAcquire(error));
        match timeout(patience, self.0.permits.acquire()).await {
            Ok(permit) => permit.map_err(|_| failed(ConnAcquireErr::ConnectionClosed)),
            Err(_) => Err(failed(ConnAcquireErr::Timeout)),
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn most(config: &DatabaseConfig) -> usize {
    usize::try_from(config.readers.max(1)).unwrap_or(1)
}
