//! What can go wrong between us and a database.

use fault::Fault;
use sea_orm::{DbErr, RuntimeErr, SqlErr};

/// A statement or connection failed.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The database refused or failed.
    #[error(transparent)]
    Sql(#[from] DbErr),
    /// A row holds what its type cannot: the database was changed by other hands or a version is missing.
    #[error("a row of {table} cannot be read: {reason}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// A unit of work kept its transaction after it had ended.
    #[error("a transaction outlived its unit of work")]
    Leaked,
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
        matches!(self, Self::Sql(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))))
    }
}

/// Whether the same unit of work may succeed when it is run again.
pub(crate) fn wants_another_run(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(cause))
    | DbErr::Query(RuntimeErr::SqlxError(cause))
    | DbErr::Conn(RuntimeErr::SqlxError(cause))) = error
    else {
        return false;
    };
    // 40001 serialization failure and 40P01 deadlock (PostgreSQL), 5 and its extended forms busy (SQLite).
    cause
        .as_database_error()
        .and_then(sea_orm::sqlx::error::DatabaseError::code)
        .is_some_and(|code| {
            matches!(
                code.as_ref(),
                "40001" | "40P01" | "5" | "261" | "517" | "773"
            )
        })
}

impl From<DatabaseError> for Fault {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Sql(DbErr::ConnectionAcquire(cause)) => Self::unavailable(cause),
            DatabaseError::Sql(cause @ DbErr::Conn(_)) => Self::unavailable(cause),
            DatabaseError::Sql(cause) if wants_another_run(&cause) => Self::unavailable(cause),
            other => Self::internal(other),
        }
    }
}
