//! Orders whose deadline has passed without money expire. Time is the database's own, and the order's version decides
//! between this and a payment that arrives at the same instant. Any number of replicas share the work.

use database::DatabaseError;

use super::{shop::Shop, step};
use crate::store;

const BATCH: usize = 50;

/// Expires every order that is due; gives how many there were.
pub(crate) async fn run(shop: &Shop) -> Result<usize, DatabaseError> {
    let mut expired = 0;
    while store::orders::any_due(shop.database.read()).await? {
        let done = shop
            .database
            .write(|tx| async move {
                let due = store::orders::lock_due(&tx, BATCH).await?;
                let now = tx.now().await?;
                for id in &due {
                    step::follow(&tx, shop, *id, |order| order.expire(now)).await?;
                }
                Ok::<_, DatabaseError>(due.len())
            })
            .await?;
        expired += done;
        if done < BATCH {
            break;
        }
    }
    Ok(expired)
}
