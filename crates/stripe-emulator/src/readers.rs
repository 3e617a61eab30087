use std::fmt::Display;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, Error, ffi};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use crate::store::connect;

/// Most connections that read.
const MOST: u8 = 2;

/// A few connections that only read, each lent for one read at a time.
#[derive(Debug)]
pub(crate) struct Readers {
    file: PathBuf,
    /// Opened when they are wanted.
    idle: Mutex<Vec<Connection>>,
    permits: Arc<Semaphore>,
}

impl Readers {
    pub(crate) fn new(file: PathBuf) -> Self {
        Self {
            file,
            idle: Mutex::default(),
            permits: Arc::new(Semaphore::new(usize::from(MOST))),
        }
    }

    /// Reads a little, such as a row by its key, on the caller's thread.
    pub(crate) async fn read<T, E: From<Error>>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, E>,
    ) -> Result<T, E> {
        let _permit = self.permits.acquire().await.map_err(aborted)?;
        self.lend(read)
    }

    /// Reads what may take long, on a thread where it holds nobody up.
    pub(crate) async fn read_long<T, E>(
        self: &Arc<Self>,
        read: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let permits = Arc::clone(&self.permits);
        let permit = permits.acquire_owned().await.map_err(aborted)?;
        let readers = Arc::clone(self);
        // The thread keeps the permit until the read is over, whatever becomes of the caller.
        apart(move || {
            let found = readers.lend(read);
            drop(permit);
            found
        })
        .await
    }

    /// Closes the connections once nobody reads, and lends none any more.
    pub(crate) async fn close(&self) {
        let all = self.permits.acquire_many(u32::from(MOST)).await;
        self.permits.close();
        self.idle().clear();
        drop(all);
    }

    fn lend<T, E: From<Error>>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, E>,
    ) -> Result<T, E> {
        let idle = self.idle().pop();
        let conn = match idle {
            Some(conn) => conn,
            None => connect(&self.file)?,
        };
        let found = read(&conn);
        self.idle().push(conn);
        found
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Works with the file on a thread where it holds nobody up.
pub(crate) async fn apart<T, E>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, E>
where
    T: Send + 'static,
    E: From<Error> + Send + 'static,
{
    spawn_blocking(work).await.map_err(aborted)?
}

fn aborted(reason: impl Display) -> Error {
    Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_ABORT), Some(reason.to_string()))
}
