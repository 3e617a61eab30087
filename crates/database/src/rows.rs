//! Rows as a reading store function sees them, whichever way they came.

use rusqlite::types::ValueRef;
use sea_orm::{ConnectionTrait, QueryResult, TryGetable, Values, sea_query::SelectStatement};
use uuid::Uuid;

use crate::{Database, DatabaseError, Tx};

/// A row at hand.
pub enum Row<'a> {
    /// Of SQLite, read on the caller's thread.
    Direct(&'a rusqlite::Row<'a>),
    /// Of a pool's connection.
    Pooled(&'a QueryResult),
}

impl<'a> Row<'a> {
    /// Its values one after another, from the first column on.
    pub fn in_order(&'a self) -> InOrder<'a> {
        InOrder {
            row: self,
            column: 0,
        }
    }

    /// The value in a column, counted from 0.
    pub fn get<T: Cell>(&self, column: usize) -> Result<T, DatabaseError> {
        match self {
            Self::Direct(row) => T::read(row.get_ref(column)?)
                .ok_or_else(|| DatabaseError::corrupt("a query", format!("column {column}"))),
            Self::Pooled(row) => Ok(row.try_get_by_index(column)?),
        }
    }

    /// The text in a column through `read`, which need not keep it; none where there is none.
    pub fn text<T>(
        &self,
        column: usize,
        read: impl FnOnce(&str) -> T,
    ) -> Result<Option<T>, DatabaseError> {
        match self {
            Self::Direct(row) => {
                let text = row.get_ref(column)?.as_str_or_null();
                let text = text.map_err(|error| DatabaseError::corrupt("a query", error))?;
                Ok(text.map(read))
            }
            Self::Pooled(row) => {
                let text: Option<String> = row.try_get_by_index(column)?;
                Ok(text.as_deref().map(read))
            }
        }
    }
}

/// The values of a row one after another.
pub struct InOrder<'a> {
    row: &'a Row<'a>,
    column: usize,
}

impl InOrder<'_> {
    /// The next value.
    pub fn value<T: Cell>(&mut self) -> Result<T, DatabaseError> {
        let value = self.row.get(self.column)?;
        self.column += 1;
        Ok(value)
    }
}

/// Where rows are read: a database, or a transaction of it.
pub trait Source: Sync {
    /// The rows of a short query, each through `read`.
    fn rows<T: Send + 'static>(
        &self,
        select: &SelectStatement,
        read: impl Fn(&Row<'_>) -> Result<T, DatabaseError> + Send + 'static,
    ) -> impl Future<Output = Result<Vec<T>, DatabaseError>> + Send;

    /// The first of them.
    fn row<T: Send + 'static>(
        &self,
        select: &SelectStatement,
        read: impl Fn(&Row<'_>) -> Result<T, DatabaseError> + Send + 'static,
    ) -> impl Future<Output = Result<Option<T>, DatabaseError>> + Send {
        let rows = self.rows(select, read);
        async { Ok(rows.await?.into_iter().next()) }
    }
}

impl Source for Database {
    async fn rows<T: Send + 'static>(
        &self,
        select: &SelectStatement,
        read: impl Fn(&Row<'_>) -> Result<T, DatabaseError> + Send + 'static,
    ) -> Result<Vec<T>, DatabaseError> {
        Self::rows(self, select, read).await
    }
}

impl Source for Tx {
    async fn rows<T: Send + 'static>(
        &self,
        select: &SelectStatement,
        read: impl Fn(&Row<'_>) -> Result<T, DatabaseError> + Send + 'static,
    ) -> Result<Vec<T>, DatabaseError> {
        Self::rows(self, select, read).await
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
