//! Tells everything once more, so that a copy elsewhere can be rebuilt.

use database::DatabaseError;
use fault::Fault;
use messaging::outbox;
use uuid::Uuid;

use crate::{
    app::Shop,
    commands::announce,
    store::{products, stock},
};

const BATCH: u64 = 250;

/// Appends `product.changed` for every product.
pub(crate) async fn catalogue(
    shop: &Shop,
    progress: &(dyn Fn(u64) + Send + Sync),
) -> Result<u64, Fault> {
    let (mut after, mut told) = (Uuid::nil(), 0);
    loop {
        let ids = products::ids_above(shop.database.read(), after, BATCH).await?;
        let (Some(last), ids) = (ids.last().copied(), &ids) else {
            return Ok(told);
        };
        let count = shop.database.write(|tx| async move {
            let sequences = products::announce_again(&tx, ids).await?;
            let mut events = Vec::with_capacity(ids.len());
            for product in products::load_many(&tx, ids).await? {
                if let Some(sequence) = sequences.get(&product.id) {
                    events.push(announce::product(&shop.clock, &product, *sequence)?);
                }
            }
            let count = events.len();
            outbox::append(&tx, events).await?;
            Ok::<_, DatabaseError>(count)
        });
        told += u64::try_from(count.await?).unwrap_or(0);
        after = last;
        progress(told);
    }
}

/// Appends `stock.changed` for every variant.
pub(crate) async fn inventory(
    shop: &Shop,
    progress: &(dyn Fn(u64) + Send + Sync),
) -> Result<u64, Fault> {
    let (mut after, mut told) = (Uuid::nil(), 0);
    loop {
        let rows = stock::above(shop.database.read(), after, BATCH).await?;
        let ids: Vec<Uuid> = rows.iter().map(|stock| stock.variant_id).collect();
        let (Some(last), ids) = (ids.last().copied(), &ids) else {
            return Ok(told);
        };
        let count = shop.database.write(|tx| async move {
            let rows = stock::announce_again(&tx, ids).await?;
            outbox::append(&tx, announce::stock(&shop.clock, &rows)?).await?;
            Ok::<_, DatabaseError>(rows.len())
        });
        told += u64::try_from(count.await?).unwrap_or(0);
        after = last;
        progress(told);
    }
}
