//! One connection that reads an SQLite file.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use rusqlite::{
    OpenFlags, ToSql,
    config::DbConfig,
    types::{ToSqlOutput, ValueRef},
};
use sea_orm::{Value, Values};

use crate::{DatabaseConfig, DatabaseError, Row};

const STATEMENTS_KEPT: usize = 256;
const BUSY: Duration = Duration::from_secs(5);
/// SQLite asks after so many instructions of its machine whether to go on.
const STRIDE: i32 = 1_000;

/// A connection.
pub(super) struct Connection {
    sqlite: rusqlite::Connection,
    /// How many strides the statement at hand may still take.
    strides: Arc<AtomicI64>,
}

impl Connection {
    pub(super) fn open(config: &DatabaseConfig) -> Result<Self, DatabaseError> {
        let sqlite = rusqlite::Connection::open_with_flags(
            file(&config.url),
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        sqlite.busy_timeout(BUSY)?;
        sqlite.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
        // Without it a statement is planned anew each time a value is bound to its LIMIT.
        sqlite.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        sqlite.execute_batch(
            "PRAGMA cache_size = -16000; PRAGMA mmap_size = 268435456; PRAGMA query_only = ON;",
        )?;
        let strides = Arc::new(AtomicI64::new(i64::MAX));
        let left = Arc::clone(&strides);
        sqlite.progress_handler(
            STRIDE,
            Some(move || left.fetch_sub(1, Ordering::Relaxed) <= 0),
        )?;
        Ok(Self { sqlite, strides })
    }

    /// From now on a statement that takes more than so many thousand instructions is interrupted.
    pub(super) fn allow(&self, strides: i64) {
        self.strides.store(strides, Ordering::Relaxed);
    }

    /// The rows of a statement, each through `read`.
    pub(super) fn rows<T>(
        &self,
        sql: &str,
        values: &Values,
        read: &impl Fn(&Row<'_>) -> Result<T, DatabaseError>,
    ) -> Result<Vec<T>, DatabaseError> {
        let mut prepared = self.sqlite.prepare_cached(sql)?;
        for (place, value) in (1..).zip(&values.0) {
            prepared.raw_bind_parameter(place, Bound(value))?;
        }
        let mut found = prepared.raw_query();
        let mut rows = Vec::new();
        while let Some(row) = found.next()? {
            rows.push(read(&Row::Direct(row))?);
        }
        Ok(rows)
    }
}

/// A value as SQLx stores it.
struct Bound<'a>(&'a Value);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self.0 {
            Value::Bool(Some(value)) => i64::from(*value).into(),
            Value::Int(Some(value)) => (*value).into(),
            Value::BigInt(Some(value)) => (*value).into(),
            Value::Unsigned(Some(value)) => (*value).into(),
            Value::BigUnsigned(Some(value)) => i64::try_from(*value)
                .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?
                .into(),
            Value::String(Some(value)) => ToSqlOutput::Borrowed(ValueRef::Text(value.as_bytes())),
            Value::Bytes(Some(value)) => ToSqlOutput::Borrowed(ValueRef::Blob(value)),
            Value::Uuid(Some(value)) => ToSqlOutput::Borrowed(ValueRef::Blob(value.as_bytes())),
            Value::Bool(None)
            | Value::Int(None)
            | Value::BigInt(None)
            | Value::Unsigned(None)
            | Value::BigUnsigned(None)
            | Value::String(None)
            | Value::Bytes(None)
            | Value::Uuid(None) => ToSqlOutput::Borrowed(ValueRef::Null),
            other => {
                let error = format!("a direct read binds no {other:?}");
                return Err(rusqlite::Error::ToSqlConversionFailure(error.into()));
            }
        })
    }
}

/// The file that a URL like `sqlite:shop.db?mode=rwc` names.
fn file(url: &str) -> &str {
    let rest = url.strip_prefix("sqlite:").unwrap_or(url);
    let rest = rest.strip_prefix("//").unwrap_or(rest);
    rest.split_once('?').map_or(rest, |(file, _)| file)
}
