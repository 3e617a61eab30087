//! Stock rows. Each change is one conditional statement, so that no two callers can promise the same piece.

use std::collections::HashMap;

use database::{DatabaseError, Tx};
use events::products::StockChanged;
use products_domain::{Crossing, Entry, Line, StockLevel};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
    Set,
    sea_query::{Expr, LockType, Order, Query},
};
use uuid::Uuid;

use crate::tables::stock::{ActiveModel, Column, Entity, Model};

/// The stock of a variant with what belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stock {
    pub variant_id: Uuid,
    pub product_id: Uuid,
    pub level: StockLevel,
    /// Counts changes, each of which has its place in the ledger.
    pub version: i64,
    /// Events announced so far, those of this state included.
    pub sequence: i64,
    /// Staff are told when so few or fewer are available; none for never.
    pub low_at: Option<i64>,
    /// What the change to this state did to that threshold; it is announced after the change.
    pub crossed: Option<Crossing>,
}

impl Stock {
    /// The event that tells this stock.
    pub(crate) fn event(&self) -> StockChanged {
        StockChanged {
            variant_id: self.variant_id,
            product_id: self.product_id,
            version: self.version,
            on_hand: self.level.on_hand(),
            reserved: self.level.reserved(),
            available: self.level.available(),
        }
    }
}

fn stock_from(row: Model) -> Result<Stock, DatabaseError> {
    let level = StockLevel::new(row.on_hand, row.reserved)
        .map_err(|error| DatabaseError::corrupt("stock", error))?;
    Ok(Stock {
        variant_id: row.variant_id,
        product_id: row.product_id,
        level,
        version: row.version,
        sequence: row.sequence,
        low_at: row.low_at,
        crossed: None,
    })
}

/// The stock of these variants; unknown ones are left out.
pub(crate) async fn load_many(
    conn: &impl ConnectionTrait,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, Stock>, DatabaseError> {
    let rows = Entity::find()
        .filter(Column::VariantId.is_in(ids.iter().copied()))
        .all(conn)
        .await?;
    rows.into_iter()
        .map(|row| stock_from(row).map(|stock| (stock.variant_id, stock)))
        .collect()
}

/// Locks the stock of these variants in the order of their ids.
pub(crate) async fn lock_many(tx: &Tx, ids: &[Uuid]) -> Result<(), DatabaseError> {
    let lock = Query::select()
        .column(Column::VariantId)
        .from(Entity)
        .and_where(Expr::col(Column::VariantId).is_in(ids.iter().copied()))
        .order_by(Column::VariantId, Order::Asc)
        .lock(LockType::Update)
        .to_owned();
    tx.query_all(&lock).await?;
    Ok(())
}

/// At most `limit` stock rows above the variant `after`, in the order of the variants' ids.
pub(crate) async fn above(
    conn: &impl ConnectionTrait,
    after: Uuid,
    limit: u64,
) -> Result<Vec<Stock>, DatabaseError> {
    let rows = Entity::find()
        .filter(Column::VariantId.gt(after))
        .order_by_asc(Column::VariantId)
        .limit(limit)
        .all(conn)
        .await?;
    rows.into_iter().map(stock_from).collect()
}

/// Inserts the stock of new variants.
pub(crate) async fn insert_many(tx: &Tx, new: &[Stock]) -> Result<(), DatabaseError> {
    if new.is_empty() {
        return Ok(());
    }
    let rows = new.iter().map(|stock| ActiveModel {
        variant_id: Set(stock.variant_id),
        product_id: Set(stock.product_id),
        on_hand: Set(stock.level.on_hand()),
        reserved: Set(stock.level.reserved()),
        version: Set(stock.version),
        sequence: Set(stock.sequence),
        low_at: Set(stock.low_at),
    });
    Entity::insert_many(rows).exec_without_returning(tx).await?;
    Ok(())
}

/// Adds an entry's deltas if the result keeps `0 <= reserved <= on_hand`; none when it would not, or when there is no
/// such variant.
pub(crate) async fn apply(tx: &Tx, entry: &Entry) -> Result<Option<Stock>, DatabaseError> {
    let (on_hand, reserved) = (
        Expr::col(Column::OnHand).add(entry.on_hand),
        Expr::col(Column::Reserved).add(entry.reserved),
    );
    let update = Query::update()
        .table(Entity)
        .value(Column::OnHand, on_hand.clone())
        .value(Column::Reserved, reserved.clone())
        .value(Column::Version, Expr::col(Column::Version).add(1))
        .value(
            Column::Sequence,
            Expr::col(Column::Sequence)
                .add(announcements(entry.on_hand.saturating_sub(entry.reserved))),
        )
        .and_where(Expr::col(Column::VariantId).eq(entry.variant_id))
        .and_where(reserved.clone().gte(0))
        .and_where(reserved.lte(on_hand.clone()))
        .and_where(on_hand.lte(products_domain::MAX_ON_HAND))
        .returning(Query::returning().columns([
            Column::ProductId,
            Column::OnHand,
            Column::Reserved,
            Column::Version,
            Column::Sequence,
            Column::LowAt,
        ]))
        .to_owned();
    let Some(row) = tx.query_one(&update).await? else {
        return Ok(None);
    };
    let stock = stock_from(Model {
        variant_id: entry.variant_id,
        product_id: row.try_get_by_index(0)?,
        on_hand: row.try_get_by_index(1)?,
        reserved: row.try_get_by_index(2)?,
        version: row.try_get_by_index(3)?,
        sequence: row.try_get_by_index(4)?,
        low_at: row.try_get_by_index(5)?,
    })?;
    let now = stock.level.available();
    let before = now.saturating_sub(entry.on_hand.saturating_sub(entry.reserved));
    Ok(Some(Stock {
        crossed: Crossing::between((before, stock.low_at), (now, stock.low_at)),
        ..stock
    }))
}

/// How many events a change of what is available by `change` makes: one, and another when it passes the threshold.
fn announcements(change: i64) -> Expr {
    let low_at = || Expr::col(Column::LowAt);
    let before = || Expr::col(Column::OnHand).sub(Expr::col(Column::Reserved));
    let after = || before().add(change);
    let falls = before().gt(low_at()).and(after().lte(low_at()));
    let rises = before().lte(low_at()).and(after().gt(low_at()));
    Expr::case(falls.or(rises), 2_i64).finally(1_i64).into()
}

/// Sets the threshold of a variant whose stock is locked; the result says whether that makes it low, or not low any more.
pub(crate) async fn set_low_at(
    tx: &Tx,
    stock: &Stock,
    low_at: Option<i64>,
) -> Result<Stock, DatabaseError> {
    let available = stock.level.available();
    let crossed = Crossing::between((available, stock.low_at), (available, low_at));
    let sequence = stock.sequence.saturating_add(i64::from(crossed.is_some()));
    let update = Query::update()
        .table(Entity)
        .value(Column::LowAt, low_at)
        .value(Column::Sequence, sequence)
        .and_where(Expr::col(Column::VariantId).eq(stock.variant_id))
        .to_owned();
    tx.execute(&update).await?;
    Ok(Stock {
        sequence,
        low_at,
        crossed,
        ..*stock
    })
}

/// Takes reservations of this same transaction back as if they had never been: version and all.
pub(crate) async fn undo_reserve(tx: &Tx, lines: &[Line]) -> Result<(), DatabaseError> {
    for line in lines {
        let update = Query::update()
            .table(Entity)
            .value(
                Column::Reserved,
                Expr::col(Column::Reserved).sub(i64::from(line.quantity)),
            )
            .value(Column::Version, Expr::col(Column::Version).sub(1))
            .value(
                Column::Sequence,
                Expr::col(Column::Sequence).sub(announcements(i64::from(line.quantity))),
            )
            .and_where(Expr::col(Column::VariantId).eq(line.variant_id))
            .to_owned();
        tx.execute(&update).await?;
    }
    Ok(())
}

/// Raises the event sequence of these variants' stock by one, for a repeated snapshot.
pub(crate) async fn announce_again(tx: &Tx, ids: &[Uuid]) -> Result<Vec<Stock>, DatabaseError> {
    let update = Query::update()
        .table(Entity)
        .value(Column::Sequence, Expr::col(Column::Sequence).add(1))
        .and_where(Expr::col(Column::VariantId).is_in(ids.iter().copied()))
        .returning(Query::returning().columns([
            Column::VariantId,
            Column::ProductId,
            Column::OnHand,
            Column::Reserved,
            Column::Version,
            Column::Sequence,
            Column::LowAt,
        ]))
        .to_owned();
    let mut all = Vec::with_capacity(ids.len());
    for row in tx.query_all(&update).await? {
        all.push(stock_from(Model {
            variant_id: row.try_get_by_index(0)?,
            product_id: row.try_get_by_index(1)?,
            on_hand: row.try_get_by_index(2)?,
            reserved: row.try_get_by_index(3)?,
            version: row.try_get_by_index(4)?,
            sequence: row.try_get_by_index(5)?,
            low_at: row.try_get_by_index(6)?,
        })?);
    }
    Ok(all)
}
