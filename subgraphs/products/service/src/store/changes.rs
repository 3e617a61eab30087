//! The numbering of changes to the catalogue, which search follows.

use database::{DatabaseError, Tx};
use sea_orm::{
    ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QuerySelect, Set,
    sea_query::{Expr, Query},
};
use uuid::Uuid;

use crate::tables::{products, removed_products};

/// Takes the next `count` change numbers and returns the last of them. Holds the counter's row until the commit.
pub(crate) async fn take(tx: &Tx, count: i64) -> Result<i64, DatabaseError> {
    let update = Query::update()
        .table("change_counter")
        .value("value", Expr::col("value").add(count))
        .and_where(Expr::col("id").eq(1))
        .returning_col("value")
        .to_owned();
    let row = tx.query_one(&update).await?;
    let row = row.ok_or_else(|| DatabaseError::corrupt("change_counter", "no row"))?;
    Ok(row.try_get_by_index(0)?)
}

/// The last change number.
pub(crate) async fn last(conn: &impl ConnectionTrait) -> Result<i64, DatabaseError> {
    let select = Query::select()
        .column("value")
        .from("change_counter")
        .to_owned();
    let row = conn.query_one(&select).await?;
    let row = row.ok_or_else(|| DatabaseError::corrupt("change_counter", "no row"))?;
    Ok(row.try_get_by_index(0)?)
}

/// Notes that a product is gone.
pub(crate) async fn note_removal(
    tx: &Tx,
    change_number: i64,
    product_id: Uuid,
) -> Result<(), DatabaseError> {
    let row = removed_products::ActiveModel {
        change_number: Set(change_number),
        product_id: Set(product_id),
    };
    removed_products::Entity::insert(row)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// One change that search has not seen: which product, at which number, and whether it is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Change {
    pub number: i64,
    pub product_id: Uuid,
    pub removed: bool,
}

/// The changes above `watermark`, oldest first, at most `limit`. A product that changed again later shows up there only.
pub(crate) async fn above(
    conn: &impl ConnectionTrait,
    watermark: i64,
    limit: u64,
) -> Result<Vec<Change>, DatabaseError> {
    use sea_orm::{ColumnTrait, QueryOrder};
    let changed: Vec<(i64, Uuid)> = products::Entity::find()
        .select_only()
        .columns([products::Column::ChangeNumber, products::Column::Id])
        .filter(products::Column::ChangeNumber.gt(watermark))
        .order_by_asc(products::Column::ChangeNumber)
        .limit(limit)
        .into_tuple()
        .all(conn)
        .await?;
    let removed: Vec<(i64, Uuid)> = removed_products::Entity::find()
        .select_only()
        .columns([
            removed_products::Column::ChangeNumber,
            removed_products::Column::ProductId,
        ])
        .filter(removed_products::Column::ChangeNumber.gt(watermark))
        .order_by_asc(removed_products::Column::ChangeNumber)
        .limit(limit)
        .into_tuple()
        .all(conn)
        .await?;
    let change = |removed| {
        move |(number, product_id)| Change {
            number,
            product_id,
            removed,
        }
    };
    let mut all: Vec<Change> = changed
        .into_iter()
        .map(change(false))
        .chain(removed.into_iter().map(change(true)))
        .collect();
    all.sort_unstable();
    all.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(all)
}
