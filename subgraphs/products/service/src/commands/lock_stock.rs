//! Locks all stock that the events of one transaction will move, in one order, whatever the order of the events.

use database::{DatabaseError, Tx};
use sea_orm::{ConnectionTrait, DbBackend};
use uuid::Uuid;

use crate::store::{reservations, stock};

/// Locks the stock of these variants, and of what is reserved for these orders, until the transaction ends.
pub(crate) async fn apply(
    tx: &Tx,
    mut variants: Vec<Uuid>,
    orders: &[Uuid],
) -> Result<(), DatabaseError> {
    // An SQLite database has one writer.
    if tx.get_database_backend() == DbBackend::Sqlite {
        return Ok(());
    }
    if !orders.is_empty() {
        variants.extend(reservations::variants_of(tx, orders).await?);
    }
    variants.sort_unstable();
    variants.dedup();
    // One variant is locked by its change.
    if variants.len() > 1 {
        stock::lock_many(tx, &variants).await?;
    }
    Ok(())
}
