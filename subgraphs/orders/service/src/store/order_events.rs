//! What happened to each order: one row a version, without a gap.

use clock::Timestamp;
use database::{Database, DatabaseError, Row};
use orders_domain::{Fact, Order, Status};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait,
};
use uuid::Uuid;

use super::{from_json, to_json};
use crate::tables::order_events;

/// One thing that happened to an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Happening {
    pub(crate) order_id: Uuid,
    pub(crate) version: i64,
    /// The status that it left the order in.
    pub(crate) status: Status,
    pub(crate) fact: Fact,
    pub(crate) at: Timestamp,
}

/// Adds what made `order` into its present version.
pub(crate) async fn append(
    conn: &impl ConnectionTrait,
    order: &Order,
    fact: &Fact,
    at: Timestamp,
) -> Result<(), DatabaseError> {
    let row = order_events::ActiveModel {
        order_id: Set(order.id),
        version: Set(order.version),
        status: Set(order.status().name().to_owned()),
        fact: Set(to_json("order_events", fact)?),
        at: Set(at.as_millis()),
    };
    order_events::Entity::insert(row)
        .exec_without_returning(conn)
        .await?;
    Ok(())
}

/// What happened to an order after `version`, in order; at most `limit`.
pub(crate) async fn after(
    database: &Database,
    order: Uuid,
    version: i64,
    limit: u64,
) -> Result<Vec<Happening>, DatabaseError> {
    let find = order_events::Entity::find()
        .filter(order_events::Column::OrderId.eq(order))
        .filter(order_events::Column::Version.gt(version))
        .order_by_asc(order_events::Column::Version)
        .limit(limit);
    database.rows(&find.into_query(), read).await
}

/// The latest thing that happened to an order.
pub(crate) async fn latest(
    database: &Database,
    order: Uuid,
) -> Result<Option<Happening>, DatabaseError> {
    let find = order_events::Entity::find()
        .filter(order_events::Column::OrderId.eq(order))
        .order_by_desc(order_events::Column::Version)
        .limit(1);
    database.row(&find.into_query(), read).await
}

/// The version of each of these orders that has one.
pub(crate) async fn versions(
    database: &Database,
    orders: &[Uuid],
) -> Result<Vec<(Uuid, i64)>, DatabaseError> {
    let find = order_events::Entity::find()
        .select_only()
        .column(order_events::Column::OrderId)
        .column_as(order_events::Column::Version.max(), "version")
        .filter(order_events::Column::OrderId.is_in(orders.iter().copied()))
        .group_by(order_events::Column::OrderId);
    database
        .rows(&find.into_query(), |row| Ok((row.get(0)?, row.get(1)?)))
        .await
}

/// Everything that happened to these orders, in order within each.
pub(crate) async fn of_orders(
    database: &Database,
    orders: &[Uuid],
) -> Result<Vec<Happening>, DatabaseError> {
    let find = order_events::Entity::find()
        .filter(order_events::Column::OrderId.is_in(orders.iter().copied()))
        .order_by_asc(order_events::Column::OrderId)
        .order_by_asc(order_events::Column::Version);
    database.rows(&find.into_query(), read).await
}

fn read(row: &Row<'_>) -> Result<Happening, DatabaseError> {
    let (status, fact): (String, String) = (row.get(2)?, row.get(3)?);
    Ok(Happening {
        order_id: row.get(0)?,
        version: row.get(1)?,
        status: status
            .parse()
            .map_err(|error| DatabaseError::corrupt("order_events", error))?,
        fact: from_json("order_events", &fact)?,
        at: Timestamp::from_millis(row.get(4)?),
    })
}
