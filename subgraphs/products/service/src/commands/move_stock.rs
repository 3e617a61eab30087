//! How stock moves: conditional statements in the order of the variants' ids, then the ledger.

use clock::Timestamp;
use database::{DatabaseError, Tx};
use products_domain::{Entry, EntryKind, Line};

use crate::{
    commands::Shortage,
    store::{ledger, ledger::Cause, stock, stock::Stock},
};

/// Promises all lines or none. `lines` are in the order of the variants' ids.
pub(super) async fn reserve(
    tx: &Tx,
    lines: &[Line],
    cause: &Cause,
    now: Timestamp,
) -> Result<Result<Vec<Stock>, Vec<Shortage>>, DatabaseError> {
    let mut moved = Vec::with_capacity(lines.len());
    for (index, line) in lines.iter().enumerate() {
        let entry = Entry::of(EntryKind::Reserved, line.variant_id, line.quantity);
        let Some(stock) = stock::apply(tx, &entry).await? else {
            stock::undo_reserve(tx, lines.get(..index).unwrap_or_default()).await?;
            return Ok(Err(shortages(tx, lines).await?));
        };
        moved.push((entry, stock));
    }
    ledger::append(tx, &moved, cause, now).await?;
    Ok(Ok(moved.into_iter().map(|(_, stock)| stock).collect()))
}

async fn shortages(tx: &Tx, lines: &[Line]) -> Result<Vec<Shortage>, DatabaseError> {
    let ids: Vec<_> = lines.iter().map(|line| line.variant_id).collect();
    let levels = stock::load_many(tx, &ids).await?;
    Ok(lines
        .iter()
        .map(|line| Shortage {
            variant_id: line.variant_id,
            requested: line.quantity,
            available: levels
                .get(&line.variant_id)
                .map_or(0, |stock| stock.level.available()),
        })
        .filter(|shortage| i64::from(shortage.requested) > shortage.available)
        .collect())
}

/// Moves what was promised or sold before; that it fits is certain, so anything else is a broken database.
pub(super) async fn post(
    tx: &Tx,
    kind: EntryKind,
    lines: &[Line],
    cause: &Cause,
    now: Timestamp,
) -> Result<Vec<Stock>, DatabaseError> {
    let mut moved = Vec::with_capacity(lines.len());
    for line in lines {
        let entry = Entry::of(kind, line.variant_id, line.quantity);
        let stock = stock::apply(tx, &entry).await?.ok_or_else(|| {
            DatabaseError::corrupt(
                "stock",
                format!("{} of {} does not fit", kind.code(), line.variant_id),
            )
        })?;
        moved.push((entry, stock));
    }
    ledger::append(tx, &moved, cause, now).await?;
    Ok(moved.into_iter().map(|(_, stock)| stock).collect())
}
