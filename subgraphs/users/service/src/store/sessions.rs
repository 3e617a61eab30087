//! Sessions and their refresh tokens.

use clock::Timestamp;
use database::{DatabaseError, Tx};
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set,
};
use users_domain::{EndReason, Session, SessionState};
use uuid::Uuid;

use crate::tables::{refresh_tokens, sessions};

/// Whether a refresh token of this hash was ever given out.
pub(crate) async fn knows(conn: &impl ConnectionTrait, hash: &str) -> Result<bool, DatabaseError> {
    Ok(refresh_tokens::Entity::find_by_id(hash)
        .one(conn)
        .await?
        .is_some())
}

/// The session of a refresh token, locked, and whether the token has been replaced.
pub(crate) async fn lock_by_token(
    tx: &Tx,
    hash: &str,
) -> Result<Option<(Session, bool)>, DatabaseError> {
    let Some(token) = refresh_tokens::Entity::find_by_id(hash)
        .lock_exclusive()
        .one(tx)
        .await?
    else {
        return Ok(None);
    };
    let session = sessions::Entity::find_by_id(token.session_id)
        .lock_exclusive()
        .one(tx)
        .await?;
    Ok(session
        .map(session_from)
        .transpose()?
        .map(|session| (session, token.replaced_at.is_some())))
}

/// The session with this id, locked, if it is that user's.
pub(crate) async fn lock_own(
    tx: &Tx,
    user_id: Uuid,
    id: Uuid,
) -> Result<Option<Session>, DatabaseError> {
    let query = sessions::Entity::find_by_id(id)
        .filter(sessions::Column::UserId.eq(user_id))
        .lock_exclusive();
    query.one(tx).await?.map(session_from).transpose()
}

/// The sessions of a user that can be renewed at `now`, newest first, locked.
pub(crate) async fn lock_open(
    tx: &Tx,
    user_id: Uuid,
    now: Timestamp,
) -> Result<Vec<Session>, DatabaseError> {
    let rows = sessions::Entity::find()
        .filter(sessions::Column::UserId.eq(user_id))
        .filter(sessions::Column::EndedAt.is_null())
        .filter(sessions::Column::Until.gt(now.as_millis()))
        .order_by_desc(sessions::Column::OpenedAt)
        .order_by_desc(sessions::Column::Id)
        .lock_exclusive()
        .all(tx)
        .await?;
    rows.into_iter().map(session_from).collect()
}

/// The ids of sessions that were ended after `since`, with the times of their ends.
pub(crate) async fn ended_after(
    conn: &impl ConnectionTrait,
    since: Timestamp,
) -> Result<Vec<(Uuid, Timestamp)>, DatabaseError> {
    let rows = sessions::Entity::find()
        .filter(sessions::Column::EndedAt.gt(since.as_millis()))
        .all(conn)
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| Some((row.id, Timestamp::from_millis(row.ended_at?))))
        .collect())
}

/// Inserts a new session with the hash of its first refresh token.
pub(crate) async fn insert(tx: &Tx, session: &Session, hash: &str) -> Result<(), DatabaseError> {
    sessions::Entity::insert(row_from(session))
        .exec_without_returning(tx)
        .await?;
    insert_token(tx, session.id, hash).await
}

/// Stores a renewed session; `old` is replaced by `new` among its refresh tokens.
pub(crate) async fn renew(
    tx: &Tx,
    session: &Session,
    old: &str,
    new: &str,
    now: Timestamp,
) -> Result<(), DatabaseError> {
    refresh_tokens::Entity::update_many()
        .col_expr(
            refresh_tokens::Column::ReplacedAt,
            Expr::value(now.as_millis()),
        )
        .filter(refresh_tokens::Column::Hash.eq(old))
        .exec(tx)
        .await?;
    insert_token(tx, session.id, new).await?;
    sessions::Entity::update_many()
        .set(row_from(session))
        .filter(sessions::Column::Id.eq(session.id))
        .exec(tx)
        .await?;
    Ok(())
}

async fn insert_token(tx: &Tx, session_id: Uuid, hash: &str) -> Result<(), DatabaseError> {
    let row = refresh_tokens::ActiveModel {
        hash: Set(hash.to_owned()),
        session_id: Set(session_id),
        replaced_at: Set(None),
    };
    refresh_tokens::Entity::insert(row)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Ends these sessions.
pub(crate) async fn end_many(
    tx: &Tx,
    ids: &[Uuid],
    reason: EndReason,
    at: Timestamp,
) -> Result<(), DatabaseError> {
    sessions::Entity::update_many()
        .col_expr(sessions::Column::EndedAt, Expr::value(at.as_millis()))
        .col_expr(sessions::Column::EndReason, Expr::value(reason.to_string()))
        .filter(sessions::Column::Id.is_in(ids.iter().copied()))
        .exec(tx)
        .await?;
    Ok(())
}

/// Deletes at most `limit` sessions that were over before `before`, with their tokens; returns how many.
pub(crate) async fn delete_over(
    tx: &Tx,
    before: Timestamp,
    limit: u64,
) -> Result<u64, DatabaseError> {
    use sessions::Column::{EndedAt, Id, Until};
    let over = Condition::any()
        .add(Until.lt(before.as_millis()))
        .add(EndedAt.lt(before.as_millis()));
    let ids: Vec<Uuid> = sessions::Entity::find()
        .select_only()
        .column(Id)
        .filter(over)
        .limit(limit)
        .into_tuple()
        .all(tx)
        .await?;
    if ids.is_empty() {
        return Ok(0);
    }
    let tokens = Query::delete()
        .from_table(refresh_tokens::Entity)
        .and_where(refresh_tokens::Column::SessionId.is_in(ids.iter().copied()))
        .to_owned();
    tx.execute(&tokens).await?;
    Ok(sessions::Entity::delete_many()
        .filter(Id.is_in(ids))
        .exec(tx)
        .await?
        .rows_affected)
}

fn row_from(session: &Session) -> sessions::ActiveModel {
    let (until, ended) = match session.state {
        SessionState::Open { until } => (until, None),
        SessionState::Ended { at, reason } => (at, Some((at, reason))),
    };
    sessions::ActiveModel {
        id: Set(session.id),
        user_id: Set(session.user_id),
        opened_at: Set(session.opened_at.as_millis()),
        until: Set(until.as_millis()),
        ended_at: Set(ended.map(|(at, _)| at.as_millis())),
        end_reason: Set(ended.map(|(_, reason)| reason.to_string())),
    }
}

fn session_from(row: sessions::Model) -> Result<Session, DatabaseError> {
    let state = match (row.ended_at, row.end_reason) {
        (Some(at), Some(reason)) => SessionState::Ended {
            at: Timestamp::from_millis(at),
            reason: reason
                .parse()
                .map_err(|error: String| DatabaseError::corrupt("sessions", error))?,
        },
        _ => SessionState::Open {
            until: Timestamp::from_millis(row.until),
        },
    };
    Ok(Session {
        id: row.id,
        user_id: row.user_id,
        opened_at: Timestamp::from_millis(row.opened_at),
        state,
    })
}
