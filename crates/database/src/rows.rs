//! Rows as a reading store function sees them, whichever way they came.

use rusqlite::types::ValueRef;
use sea_orm::{ConnectionTrait, QueryResult, TryGetable, Values, sea_query::SelectStatement};
use uuid::Uuid;

use crate::{Database, DatabaseError};

/// A row at hand.
pub enum Row<'a> {
    /// Of SQLite, read on the caller's thread.
    Direct(&'a rusqlite::Row<'a>),
    /// Of a pool's connection.
    Pooled(&'a QueryResult),
}

impl Row<'_> {
    /// The value in a column, counted from 0.
    pub fn get<T: Cell>(&self, column: usize) -> Result<T, DatabaseError> {
        match self {
            Self::Direct(row) => T::read(row.get_ref(column)?)
                .ok_or_else(|| DatabaseError::corrupt("a query", format!("column {column}"))),
            Self::Pooled(row) => Ok(row.try_get_by_index(column)?),
        }
    }
}

/// What a column may hold.
pub trait Cell: TryGetable {
    /// From a value of SQLite; none when it is of another type.
    fn read(value: ValueRef<'_>) -> Option<Self>;
}

impl Cell for i64 {
    fn read(value: ValueRef<'_>) -> Option<Self> {
        match value {
            ValueRef::Integer(number) => Some(number),
            _ => None,
        }
    }
}

impl Cell for bool {
    fn read(value: ValueRef<'_>) -> Option<Self> {
        i64::read(value).map(|number| number != 0)
    }
}

impl Cell for String {
    fn read(value: ValueRef<'_>) -> Option<Self> {
        match value {
            ValueRef::Text(text) => Self::from_utf8(text.to_owned()).ok(),
            _ => None,
        }
    }
}

impl Cell for Uuid {
    fn read(value: ValueRef<'_>) -> Option<Self> {
        match value {
            ValueRef::Blob(bytes) => Self::from_slice(bytes).ok(),
            _ => None,
        }
    }
}

impl<T: Cell> Cell for Option<T> {
    fn read(value: ValueRef<'_>) -> Option<Self> {
        match value {
            ValueRef::Null => Some(None),
            value => T::read(value).map(Some),
        }
    }
}

impl Database {
    /// The rows of a short query, each through `read`: the cheapest way to read, which hot paths take. On SQLite it runs
    /// on the caller's thread; when it turns out to be long, it begins anew on another.
    pub async fn rows<T: Send + 'static>(
        &self,
        select: &SelectStatement,
        read: impl Fn(&Row<'_>) -> Result<T, DatabaseError> + Send + 'static,
    ) -> Result<Vec<T>, DatabaseError> {
        if let Some(readers) = self.readers() {
            let statement = self.backend().build(select);
            self.meter().saw(&statement);
            let values = statement.values.unwrap_or(Values(Vec::new()));
            return readers.rows(statement.sql, values, read).await;
        }
        let rows = self.read().query_all(select).await?;
        rows.iter().map(|row| read(&Row::Pooled(row))).collect()
    }

    /// The first row of a short query.
    pub async fn row<T: Send + 'static>(
        &self,
        select: &SelectStatement,
        read: impl Fn(&Row<'_>) -> Result<T, DatabaseError> + Send + 'static,
    ) -> Result<Option<T>, DatabaseError> {
        Ok(self.rows(select, read).await?.into_iter().next())
    }
}
