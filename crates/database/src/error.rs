//! What can go wrong between us and a database.

use std::sync::Arc;

use fault::Fault;
use rusqlite::{ErrorCode, ffi};
use sea_orm::{DbErr, RuntimeErr, SqlxError};

use crate::sqlite::refused;

/// A statement or connection failed.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The database refused or failed.
    #[error(transparent)]
    Sql(#[from] DbErr),
    /// A read of SQLite takes too long for the thread of its caller.
    #[error("the read takes too long here")]
    TooLong,
    /// A row holds what its type cannot: the database was changed by other hands or a version is missing.
    #[error("a row of {table} cannot be read: {reason}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// Another transaction changed a row between our reading and our writing it; the unit of work is run again.
    #[error("a row of {table} was changed by someone else at the same time")]
    Raced {
        /// The table.
        table: &'static str,
    },
    /// A unit of work passed over the failure of a statement, so that PostgreSQL would commit nothing.
    #[error("a unit of work went on after a statement of it had failed")]
    WentOn,
    /// A unit of work kept its transaction after it had ended.
    #[error("a transaction outlived its unit of work")]
    Leaked,
}

/// What a failed statement means for the unit of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Serialization failure, deadlock, busy: it may succeed when it is run again.
    Conflict,
    /// A unique key is taken; on PostgreSQL perhaps since a moment ago, which another run sees.
    Duplicate,
    /// The connection broke. Before the commit, nothing has happened.
    Lost,
    /// The database is away, full, or too slow; later it may work.
    Unavailable,
    /// A text that the database cannot hold.
    Text,
    /// Anything else is a mistake of ours.
    Other,
}

impl DatabaseError {
    /// A row that cannot be turned into its domain type.
    pub fn corrupt(table: &'static str, reason: impl ToString) -> Self {
        Self::Corrupt {
            table,
            reason: reason.to_string(),
        }
    }

    /// Whether a unique key was already taken.
    pub fn is_duplicate(&self) -> bool {
        matches!(self, Self::Sql(error) if kind(error) == Kind::Duplicate)
    }
}

/// What a failed statement means.
pub(crate) fn kind(error: &DbErr) -> Kind {
    let cause = match error {
        DbErr::Exec(RuntimeErr::SqlxError(cause))
        | DbErr::Query(RuntimeErr::SqlxError(cause))
        | DbErr::Conn(RuntimeErr::SqlxError(cause)) => cause.as_ref(),
        DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => return Kind::Unavailable,
        _ => return Kind::Other,
    };
    match cause {
        SqlxError::Io(_) | SqlxError::Protocol(_) | SqlxError::WorkerCrashed => Kind::Lost,
        SqlxError::PoolTimedOut | SqlxError::PoolClosed | SqlxError::Tls(_) => Kind::Unavailable,
        SqlxError::Database(refusal) => {
            if refusal.is_unique_violation() {
                return Kind::Duplicate;
            }
            let kind = refusal.code().map_or(Kind::Other, |code| of_code(&code));
            // Whatever keeps a connection from being opened is not the request's mistake.
            match (kind, error) {
                (Kind::Other, DbErr::Conn(_)) => Kind::Unavailable,
                _ => kind,
            }
        }
        _ => Kind::Other,
    }
}

/// Five characters are an SQLSTATE of PostgreSQL; a shorter number is SQLite's, whose last byte says what matters here.
fn of_code(code: &str) -> Kind {
    if code.len() < 5 {
        return match code.parse::<i32>().map(|code| code & 0xff) {
            Ok(ffi::SQLITE_BUSY) => Kind::Conflict,
            Ok(ffi::SQLITE_FULL | ffi::SQLITE_IOERR) => Kind::Unavailable,
            _ => Kind::Other,
        };
    }
    match code {
        // Serialization failure, deadlock.
        "40001" | "40P01" => Kind::Conflict,
        // The server ends this connection: shut down, crashed, or the transaction stood idle for too long.
        "57P01" | "57P02" | "57P05" | "25P03" => Kind::Lost,
        // PostgreSQL's texts hold no U+0000.
        "22021" => Kind::Text,
        // A timeout of a statement or of a lock, a server that starts up.
        "57014" | "57P03" | "55P03" => Kind::Unavailable,
        // Connections, resources such as the disk and the number of clients, and the operating system.
        _ if ["08", "53", "58"]
            .iter()
            .any(|class| code.starts_with(class)) =>
        {
            Kind::Unavailable
        }
        _ => Kind::Other,
    }
}

impl From<rusqlite::Error> for DatabaseError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::OperationInterrupted) => Self::TooLong,
            _ => Self::Sql(refused(&error)),
        }
    }
}

/// What SeaORM passes on.
impl From<DatabaseError> for DbErr {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Sql(error) => error,
            other => Self::Custom(other.to_string()),
        }
    }
}

impl DatabaseError {
    /// The fault of what several waited for, such as a batch of a loader.
    pub fn shared(error: Arc<Self>) -> Fault {
        if matches!(&*error, Self::Sql(cause) if kind(cause) == Kind::Text) {
            Fault::invalid("a text holds the character U+0000, which cannot be stored")
                .caused_by(error)
        } else if error.is_mistake() {
            Fault::internal(error)
        } else {
            Fault::unavailable(error)
        }
    }

    /// Whether no repetition mends it.
    fn is_mistake(&self) -> bool {
        match self {
            Self::Sql(cause) => matches!(kind(cause), Kind::Other | Kind::Duplicate),
            Self::Raced { .. } => false,
            Self::Corrupt { .. } | Self::TooLong | Self::WentOn | Self::Leaked => true,
        }
    }
}

impl From<DatabaseError> for Fault {
    fn from(error: DatabaseError) -> Self {
        DatabaseError::shared(Arc::new(error))
    }
}
