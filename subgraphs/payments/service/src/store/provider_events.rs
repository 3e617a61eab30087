//! The provider's events that changed something here.

use std::collections::HashSet;

use clock::Timestamp;
use database::{DatabaseError, Tx};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect,
    sea_query::OnConflict,
};

use crate::tables::provider_events;

/// Records event `id`. Says whether it is new.
pub(crate) async fn record(
    tx: &Tx,
    id: &str,
    kind: &str,
    now: Timestamp,
) -> Result<bool, DatabaseError> {
    let row = provider_events::ActiveModel {
        id: Set(id.to_owned()),
        kind: Set(kind.to_owned()),
        received_at: Set(now.as_millis()),
    };
    let inserted = provider_events::Entity::insert(row)
        .on_conflict(
            OnConflict::column(provider_events::Column::Id)
                .do_nothing()
                .to_owned(),
        )
        .exec_without_returning(tx)
        .await;
    match inserted {
        Ok(count) => Ok(count > 0),
        Err(DbErr::RecordNotInserted) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Which of these are recorded.
pub(crate) async fn known(
    conn: &impl ConnectionTrait,
    ids: impl Iterator<Item = &str>,
) -> Result<HashSet<String>, DatabaseError> {
    let known: Vec<String> = provider_events::Entity::find()
        .select_only()
        .column(provider_events::Column::Id)
        .filter(provider_events::Column::Id.is_in(ids))
        .into_tuple()
        .all(conn)
        .await?;
    Ok(known.into_iter().collect())
}

/// Forgets what was received before `until`.
pub(crate) async fn prune(tx: &Tx, until: Timestamp) -> Result<u64, DatabaseError> {
    let pruned = provider_events::Entity::delete_many()
        .filter(provider_events::Column::ReceivedAt.lt(until.as_millis()))
        .exec(tx)
        .await?;
    Ok(pruned.rows_affected)
}
