//! Reads the provider's list of events that it could not deliver.

use std::{sync::Arc, time::Duration};

use serving::Job;

use crate::{app::Tools, commands::catch_up};

pub(crate) fn catch_up(tools: &Arc<Tools>) -> Job {
    let every = Duration::from_millis(tools.config.missed_every_ms);
    let (database, tools) = (tools.database.clone(), Arc::clone(tools));
    Job::new("payments.catch_up", every, move || {
        let tools = Arc::clone(&tools);
        async move { Ok(catch_up::run(&tools).await?) }
    })
    .in_one_replica(database)
}
