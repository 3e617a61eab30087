//! Once an hour: sessions that are long over are forgotten.

use std::sync::Arc;
use std::time::Duration;

use serving::Job;

use crate::app::Services;
use crate::commands::prune_sessions;

pub(crate) fn job(services: &Arc<Services>) -> Job {
    let (database, services) = (services.database.clone(), Arc::clone(services));
    Job::new(
        "users.forget_sessions",
        Duration::from_hours(1),
        move || {
            let services = Arc::clone(&services);
            async move {
                let forgotten = prune_sessions::run(&services).await?;
                if forgotten > 0 {
                    tracing::info!(sessions.forgotten = forgotten, "old sessions forgotten");
                }
                Ok(())
            }
        },
    )
    .in_one_replica(database)
}
