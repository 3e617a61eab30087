//! Carts that nobody touched for long are removed, and with them the memory of sessions whose tokens have expired.

use database::DatabaseError;

use super::shop::Shop;
use crate::store;

/// Removes what is over; gives how many carts that were.
pub(crate) async fn run(shop: &Shop) -> Result<u64, DatabaseError> {
    shop.database
        .write(|tx| async move {
            store::sessions::prune(&tx).await?;
            store::carts::delete_expired(&tx).await
        })
        .await
}
