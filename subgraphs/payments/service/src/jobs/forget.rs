//! Keeps the tables of what is only remembered for a while small.

use std::{sync::Arc, time::Duration};

use serving::Job;

use crate::{app::Tools, commands::forget};

const EVERY: Duration = Duration::from_hours(1);

pub(crate) fn forget(tools: &Arc<Tools>) -> Job {
    let (database, tools) = (tools.database.clone(), Arc::clone(tools));
    Job::new("payments.forget", EVERY, move || {
        let tools = Arc::clone(&tools);
        async move {
            let rows = forget::run(&tools).await?;
            tracing::debug!(rows, "forgot what is over");
            Ok(())
        }
    })
    .in_one_replica(database)
}
