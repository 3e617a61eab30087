//! Looks for what streams may have missed, should a wake-up have been lost: for all streams of this process at once, so that
//! thousands of them, to which nothing happens, cost a few statements.

use database::DatabaseError;

use super::shop::Shop;
use crate::store;

/// How many orders or sessions are asked for in one statement.
const TOGETHER: usize = 500;

/// Looks, unless somebody does already or did a moment ago: whoever waits calls this now and then.
pub(crate) async fn run(shop: &Shop) -> Result<(), DatabaseError> {
    let Ok(mut looked) = shop.wakes.looked.try_lock() else {
        return Ok(());
    };
    if looked.is_some_and(|looked| looked.elapsed() < shop.settings.stream_poll / 2) {
        return Ok(());
    }
    for orders in shop.wakes.orders.watched().chunks(TOGETHER) {
        for (order, version) in store::order_events::versions(&shop.database, orders).await? {
            shop.wakes.orders.wake_for(order, version);
        }
    }
    for sessions in shop.wakes.sessions.watched().chunks(TOGETHER) {
        for ended in store::sessions::ended_of(&shop.database, sessions).await? {
            shop.wakes.sessions.wake(ended);
        }
    }
    *looked = Some(tokio::time::Instant::now());
    Ok(())
}
