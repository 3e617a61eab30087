//! The append-only account of stock.

use clock::Timestamp;
use database::{DatabaseError, Tx, cursor::Page};
use products_domain::{Entry, EntryKind};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set,
};
use uuid::Uuid;

use crate::{
    store::stock::Stock,
    tables::stock_ledger::{ActiveModel, Column, Entity, Model},
};

/// Why an entry was made, beyond its kind.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cause {
    pub reason: Option<String>,
    pub reservation_id: Option<Uuid>,
    pub actor_id: Option<Uuid>,
}

/// A line of the ledger as it is read.
#[derive(Clone, Debug)]
pub(crate) struct Posted {
    pub version: i64,
    pub entry: Entry,
    /// The counts after the change.
    pub on_hand: i64,
    pub reserved: i64,
    pub cause: Cause,
    pub at: Timestamp,
}

/// Appends entries, each with the stock that it led to.
pub(crate) async fn append(
    tx: &Tx,
    entries: &[(Entry, Stock)],
    cause: &Cause,
    at: Timestamp,
) -> Result<(), DatabaseError> {
    if entries.is_empty() {
        return Ok(());
    }
    let rows = entries.iter().map(|(entry, stock)| ActiveModel {
        variant_id: Set(entry.variant_id),
        version: Set(stock.version),
        kind: Set(entry.kind.code().to_owned()),
        on_hand_delta: Set(entry.on_hand),
        reserved_delta: Set(entry.reserved),
        on_hand: Set(stock.level.on_hand()),
        reserved: Set(stock.level.reserved()),
        reason: Set(cause.reason.clone()),
        reservation_id: Set(cause.reservation_id),
        actor_id: Set(cause.actor_id),
        created_at: Set(at.as_millis()),
    });
    Entity::insert_many(rows).exec_without_returning(tx).await?;
    Ok(())
}

/// Whether any of these variants was ever promised to anyone.
pub(crate) async fn ever_reserved(
    conn: &impl ConnectionTrait,
    variants: &[Uuid],
) -> Result<bool, DatabaseError> {
    let row = Entity::find()
        .filter(Column::VariantId.is_in(variants.iter().copied()))
        .filter(Column::Kind.ne(EntryKind::Adjusted.code()))
        .one(conn)
        .await?;
    Ok(row.is_some())
}

/// Forgets the ledger of variants that were never sold and are deleted.
pub(crate) async fn forget(tx: &Tx, variants: &[Uuid]) -> Result<(), DatabaseError> {
    Entity::delete_many()
        .filter(Column::VariantId.is_in(variants.iter().copied()))
        .exec(tx)
        .await?;
    Ok(())
}

/// A page of a variant's ledger, newest first, in the direction of the page.
pub(crate) async fn page(
    conn: &impl ConnectionTrait,
    variant_id: Uuid,
    page: &Page<i64>,
) -> Result<Vec<Posted>, DatabaseError> {
    let mut select = Entity::find()
        .filter(Column::VariantId.eq(variant_id))
        .limit(page.fetch());
    if let Some(version) = page.beyond {
        let beyond = if page.backwards {
            Column::Version.gt(version)
        } else {
            Column::Version.lt(version)
        };
        select = select.filter(beyond);
    }
    let select = if page.backwards {
        select.order_by_asc(Column::Version)
    } else {
        select.order_by_desc(Column::Version)
    };
    select
        .all(conn)
        .await?
        .into_iter()
        .map(posted_from)
        .collect()
}

fn posted_from(row: Model) -> Result<Posted, DatabaseError> {
    let kind = EntryKind::parse(&row.kind)
        .ok_or_else(|| DatabaseError::corrupt("stock_ledger", &row.kind))?;
    Ok(Posted {
        version: row.version,
        entry: Entry {
            variant_id: row.variant_id,
            kind,
            on_hand: row.on_hand_delta,
            reserved: row.reserved_delta,
        },
        on_hand: row.on_hand,
        reserved: row.reserved,
        cause: Cause {
            reason: row.reason,
            reservation_id: row.reservation_id,
            actor_id: row.actor_id,
        },
        at: Timestamp::from_millis(row.created_at),
    })
}
