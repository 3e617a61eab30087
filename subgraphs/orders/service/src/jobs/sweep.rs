//! Expires orders whose deadline has passed.

use fault::Fault;
use serving::Job;

use crate::commands::{expire_orders, shop::Shop};

/// The sweeper of deadlines.
pub(crate) fn sweep(shop: &Shop) -> Job {
    let every = shop.settings.sweep;
    let shop = shop.clone();
    Job::new("orders.sweep", every, move || {
        let shop = shop.clone();
        async move {
            let expired = expire_orders::run(&shop).await?;
            if expired > 0 {
                tracing::info!(orders.expired = expired, "orders expired");
            }
            Ok::<_, Fault>(())
        }
    })
}
