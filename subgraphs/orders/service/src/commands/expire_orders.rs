//! Orders whose deadline has passed without money expire. Time is the database's own, and the order's version decides
//! between this and a payment that arrives at the same instant.

use database::DatabaseError;

use super::{shop::Shop, step};
use crate::store;

const BATCH: usize = 50;

/// Expires every order that is due; gives how many there were.
pub(crate) async fn run(shop: &Shop) -> Result<usize, DatabaseError> {
    let mut expired = 0;
    loop {
        let due = store::orders::due(shop.database.read(), BATCH).await?;
        let due = &due;
        if !due.is_empty() {
            shop.database
                .write(|tx| async move {
                    let now = tx.now().await?;
                    for id in due {
                        step::follow(&tx, shop, *id, |order| order.expire(now)).await?;
                    }
                    Ok::<_, DatabaseError>(())
                })
                .await?;
        }
        expired += due.len();
        if due.len() < BATCH {
            return Ok(expired);
        }
    }
}
