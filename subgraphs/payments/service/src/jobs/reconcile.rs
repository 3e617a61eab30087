//! The reconciler: woken when a call is decided, and by the clock for what was cut off or never told.

use std::{sync::Arc, time::Duration};

use serving::Job;

use crate::{app::Tools, commands::reconcile};

pub(crate) fn reconcile(tools: &Arc<Tools>) -> Job {
    let every = Duration::from_millis(tools.config.reconcile_every_ms);
    let wake = Arc::clone(&tools.wake);
    let tools = Arc::clone(tools);
    Job::new("payments.reconcile", every, move || {
        let tools = Arc::clone(&tools);
        async move { Ok(reconcile::run(&tools).await?) }
    })
    .woken_by(wake)
}
