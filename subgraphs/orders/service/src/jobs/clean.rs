//! Removes what nobody will ask for again: old carts, ended sessions, outcomes under idempotency keys.

use database::idempotency;
use fault::Fault;
use serving::Job;

use crate::commands::{expire_carts, shop::Shop};

/// The cleaner.
pub(crate) fn clean(shop: &Shop) -> Job {
    let every = shop.settings.cleaning;
    let database = shop.database.clone();
    let shop = shop.clone();
    Job::new("orders.clean", every, move || {
        let shop = shop.clone();
        async move {
            expire_carts::run(&shop).await?;
            idempotency::prune(&shop.database).await?;
            Ok::<_, Fault>(())
        }
    })
    .in_one_replica(database)
}
