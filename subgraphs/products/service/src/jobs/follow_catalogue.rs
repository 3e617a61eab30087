//! Brings the search index up to the catalogue; woken by every change.

use std::{sync::Arc, time::Duration};

use serving::Job;

use crate::{app::Shop, commands::follow_catalogue};

/// How often the catalogue is looked at without being told of a change.
const EVERY: Duration = Duration::from_secs(1);

pub(crate) fn follow_catalogue(shop: &Shop) -> Job {
    let wake = Arc::clone(&shop.changed);
    let shop = shop.clone();
    Job::new("products.follow_catalogue", EVERY, move || {
        let shop = shop.clone();
        async move { follow_catalogue::run(&shop).await.map(drop) }
    })
    .woken_by(wake)
}
