//! How SeaORM asks SQLite outside of transactions: for reads, and for migrations.

use std::{fmt, sync::Arc};

use sea_orm::{
    DatabaseConnection, DbBackend, DbErr, ProxyDatabaseTrait, ProxyExecResult, ProxyRow, Statement,
    Values,
};

use super::{Readers, Writer, values::proxy_row};
use crate::{DatabaseError, Row, meter::Meter};

/// A connection for SeaORM that reads, or one that writes when there is a writer: each statement in a transaction of its
/// own.
pub(crate) async fn door(
    readers: Readers,
    writer: Option<Writer>,
    meter: Arc<Meter>,
) -> Result<DatabaseConnection, DbErr> {
    let door = Door {
        readers,
        writer,
        meter,
    };
    sea_orm::Database::connect_proxy(DbBackend::Sqlite, Arc::new(Box::new(door))).await
}

struct Door {
    readers: Readers,
    writer: Option<Writer>,
    meter: Arc<Meter>,
}

/// One row of any statement.
pub(crate) fn any(row: &Row<'_>) -> Result<ProxyRow, DatabaseError> {
    match row {
        Row::Direct(row) => proxy_row(row),
        Row::Pooled(_) => Err(DatabaseError::corrupt("a query", "not a row of SQLite")),
    }
}

#[async_trait::async_trait]
impl ProxyDatabaseTrait for Door {
    async fn query(&self, statement: Statement) -> Result<Vec<ProxyRow>, DbErr> {
        self.meter.saw(&statement);
        let values = statement.values.unwrap_or(Values(Vec::new()));
        let Some(writer) = &self.writer else {
            return Ok(self.readers.rows(statement.sql, values, any).await?);
        };
        let transaction = writer.begin().await?;
        let rows = transaction.rows(statement.sql, values, any).await?;
        transaction.commit().await?;
        Ok(rows)
    }

    async fn execute(&self, statement: Statement) -> Result<ProxyExecResult, DbErr> {
        let Some(writer) = &self.writer else {
            self.query(statement).await?;
            return Ok(ProxyExecResult::default());
        };
        self.meter.saw(&statement);
        let transaction = writer.begin().await?;
        let done = transaction.execute(statement.sql, statement.values).await?;
        transaction.commit().await?;
        Ok(done)
    }
}

impl fmt::Debug for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Door")
    }
}
