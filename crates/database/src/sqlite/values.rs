//! Values and errors of SQLite as SeaORM has them.

use std::{borrow::Cow, collections::BTreeMap, error::Error};

use rusqlite::{
    ToSql, ffi,
    types::{ToSqlOutput, ValueRef},
};
use sea_orm::{
    DbErr, ProxyRow, RuntimeErr, SqlxError, Value,
    sqlx::error::{DatabaseError as Refused, ErrorKind},
};
use uuid::Uuid;

use crate::DatabaseError;

/// A value as it is stored.
pub(super) struct Bound<'a>(pub(super) &'a Value);

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
                let error = format!("{other:?} is no value that is stored in SQLite here");
                return Err(rusqlite::Error::ToSqlConversionFailure(error.into()));
            }
        })
    }
}

/// A row for SeaORM, which finds a value by its column's name, or by its place among all names in alphabetical order: so
/// each value is there under its name, and before all names in its place.
pub(super) fn proxy_row(row: &rusqlite::Row<'_>) -> Result<ProxyRow, DatabaseError> {
    let mut values = BTreeMap::new();
    for (place, column) in (1..).zip(row.as_ref().columns()) {
        let value = value(row.get_ref(place - 1)?, column.decl_type())?;
        let nth = u32::try_from(place).ok().and_then(char::from_u32);
        let nth = nth.ok_or_else(|| DatabaseError::corrupt("a query", "too many columns"))?;
        values.insert(String::from_iter(['\0', nth]), value.clone());
        values.insert(column.name().to_owned(), value);
    }
    Ok(ProxyRow::new(values))
}

/// SeaORM takes a value for what it asks for or not at all. A number is an `i64`, whatever its column is called, and a bool
/// where its column was declared so.
fn value(stored: ValueRef<'_>, declared: Option<&str>) -> Result<Value, DatabaseError> {
    let is_bool = declared.is_some_and(|declared| declared.eq_ignore_ascii_case("boolean"));
    Ok(match stored {
        ValueRef::Null => Value::Bool(None),
        ValueRef::Integer(number) if is_bool => Value::Bool(Some(number != 0)),
        ValueRef::Integer(number) => Value::BigInt(Some(number)),
        ValueRef::Real(number) => Value::Double(Some(number)),
        ValueRef::Text(text) => Value::String(Some(
            String::from_utf8(text.to_owned())
                .map_err(|error| DatabaseError::corrupt("a query", error))?,
        )),
        ValueRef::Blob(bytes) => match Uuid::from_slice(bytes) {
            Ok(id) => Value::Uuid(Some(id)),
            Err(_) => Value::Bytes(Some(bytes.to_owned())),
        },
    })
}

/// What SQLite refused, as SeaORM's errors carry it.
pub(crate) fn refused(error: &rusqlite::Error) -> DbErr {
    let message = error.to_string();
    DbErr::Query(match error.sqlite_error() {
        Some(refusal) => {
            let code = refusal.extended_code;
            RuntimeErr::SqlxError(SqlxError::Database(Box::new(Refusal { code, message })).into())
        }
        None => RuntimeErr::Internal(message),
    })
}

#[derive(Debug, thiserror::Error)]
#[error("{message} (code {code})")]
struct Refusal {
    /// SQLite's extended result code.
    code: i32,
    message: String,
}

impl Refused for Refusal {
    fn message(&self) -> &str {
        &self.message
    }

    fn code(&self) -> Option<Cow<'_, str>> {
        Some(self.code.to_string().into())
    }

    fn as_error(&self) -> &(dyn Error + Send + Sync + 'static) {
        self
    }

    fn as_error_mut(&mut self) -> &mut (dyn Error + Send + Sync + 'static) {
        self
    }

    fn into_error(self: Box<Self>) -> Box<dyn Error + Send + Sync + 'static> {
        self
    }

    fn kind(&self) -> ErrorKind {
        match self.code {
            ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY => {
                ErrorKind::UniqueViolation
            }
            ffi::SQLITE_CONSTRAINT_FOREIGNKEY => ErrorKind::ForeignKeyViolation,
            ffi::SQLITE_CONSTRAINT_NOTNULL => ErrorKind::NotNullViolation,
            ffi::SQLITE_CONSTRAINT_CHECK => ErrorKind::CheckViolation,
            _ => ErrorKind::Other,
        }
    }
}
