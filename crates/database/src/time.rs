//! The database's own time.

use clock::{Clock, Timestamp};
use sea_orm::{ConnectionTrait, DbBackend, Statement, sea_query::Expr};

use crate::DatabaseError;

const SQLITE: &str = "CAST(round(unixepoch('subsec') * 1000) AS INTEGER)";
// Not clock_timestamp(), which may differ from row to row, so that no index can be compared with it.
const POSTGRES: &str = "CAST(floor(extract(epoch from statement_timestamp()) * 1000) AS BIGINT)";

fn sql(backend: DbBackend) -> &'static str {
    if backend == DbBackend::Postgres {
        POSTGRES
    } else {
        SQLITE
    }
}

/// The database's present time in milliseconds since the epoch, as an expression for a statement: the time at which the
/// statement began.
pub fn now_expr(backend: DbBackend) -> Expr {
    Expr::cust(sql(backend))
}

/// The database's present time. SQLite has no time but that of the process it runs in, so it is not asked.
pub async fn now(conn: &impl ConnectionTrait) -> Result<Timestamp, DatabaseError> {
    let backend = conn.get_database_backend();
    if backend == DbBackend::Sqlite {
        return Ok(Clock::system().now());
    }
    let row = conn
        .query_one_raw(Statement::from_string(
            backend,
            format!("SELECT {} AS now", sql(backend)),
        ))
        .await?;
    let millis = match row {
        Some(row) => row.try_get("", "now")?,
        None => return Err(DatabaseError::corrupt("now", "no row")),
    };
    Ok(Timestamp::from_millis(millis))
}
