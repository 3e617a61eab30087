//! Forgets what nobody can ask for any more: events that the provider no longer repeats, and outcomes of idempotency
//! keys that are over.

use std::time::Duration;

use database::{DatabaseError, idempotency};

use crate::{app::Tools, store::provider_events};

/// Forgets all of that; returns how many rows it was.
pub(crate) async fn run(tools: &Tools) -> Result<u64, DatabaseError> {
    let kept = Duration::from_millis(tools.config.provider_events_kept_ms);
    let events: Result<u64, DatabaseError> = tools
        .database
        .write(|tx| async move {
            let until = tx.now().await?.minus(kept);
            provider_events::prune(&tx, until).await
        })
        .await;
    Ok(events? + idempotency::prune(&tools.database).await?)
}
