//! Ends reservations whose time is over: the net below orders' own deadline.

use std::time::Duration;

use serving::Job;

use crate::{app::Shop, commands::expire_reservations};

pub(crate) fn sweep_reservations(shop: &Shop) -> Job {
    let every = Duration::from_secs(shop.config.sweep_seconds);
    let shop = shop.clone();
    Job::new("products.sweep_reservations", every, move || {
        let shop = shop.clone();
        async move {
            expire_reservations::run(&shop).await?;
            Ok(())
        }
    })
}
