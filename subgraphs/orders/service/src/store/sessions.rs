//! Sessions that were ended before their last access token expired.

use clock::Timestamp;
use database::{Database, DatabaseError, now_expr};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{Expr, OnConflict},
};
use uuid::Uuid;

use crate::tables::revoked_sessions;

/// Remembers that a session is over, until its last access token has expired.
pub(crate) async fn revoke(
    conn: &impl ConnectionTrait,
    session: Uuid,
    until: Timestamp,
) -> Result<(), DatabaseError> {
    let row = revoked_sessions::ActiveModel {
        session_id: Set(session),
        until: Set(until.as_millis()),
    };
    revoked_sessions::Entity::insert(row)
        .on_conflict(
            OnConflict::column(revoked_sessions::Column::SessionId)
                .update_column(revoked_sessions::Column::Until)
                .to_owned(),
        )
        .exec_without_returning(conn)
        .await?;
    Ok(())
}

/// Those of these sessions that were ended.
pub(crate) async fn ended_of(
    database: &Database,
    sessions: &[Uuid],
) -> Result<Vec<Uuid>, DatabaseError> {
    let find = revoked_sessions::Entity::find()
        .select_only()
        .column(revoked_sessions::Column::SessionId)
        .filter(revoked_sessions::Column::SessionId.is_in(sessions.iter().copied()));
    database.rows(&find.into_query(), |row| row.get(0)).await
}

/// All sessions that were ended, each with the time until which that matters.
pub(crate) async fn all(
    conn: &impl ConnectionTrait,
) -> Result<Vec<(Uuid, Timestamp)>, DatabaseError> {
    let rows = revoked_sessions::Entity::find().all(conn).await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.session_id, Timestamp::from_millis(row.until)))
        .collect())
}

/// Forgets the sessions of which every token has expired by itself; gives how many.
pub(crate) async fn prune(conn: &impl ConnectionTrait) -> Result<u64, DatabaseError> {
    let now = now_expr(conn.get_database_backend());
    let over = revoked_sessions::Entity::delete_many()
        .filter(Expr::col(revoked_sessions::Column::Until).lt(now))
        .exec(conn)
        .await?;
    Ok(over.rows_affected)
}
