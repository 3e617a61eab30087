//! Keeps the table of the provider's events small.

use std::{sync::Arc, time::Duration};

use serving::Job;

use crate::{app::Tools, commands::forget_provider_events};

const EVERY: Duration = Duration::from_hours(1);

pub(crate) fn forget_provider_events(tools: &Arc<Tools>) -> Job {
    let tools = Arc::clone(tools);
    Job::new("payments.forget_provider_events", EVERY, move || {
        let tools = Arc::clone(&tools);
        async move {
            let forgotten = forget_provider_events::run(&tools).await?;
            tracing::debug!(
                provider_events.forgotten = forgotten,
                "old events of the provider forgotten"
            );
            Ok(())
        }
    })
}
