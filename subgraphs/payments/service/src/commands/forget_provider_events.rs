//! Forgets the provider's events that it no longer repeats.

use std::time::Duration;

use database::DatabaseError;

use crate::{app::Tools, store::provider_events};

/// Forgets those older than the configured age; returns how many.
pub(crate) async fn run(tools: &Tools) -> Result<u64, DatabaseError> {
    let kept = Duration::from_millis(tools.config.provider_events_kept_ms);
    tools
        .database
        .write(|tx| async move {
            let until = tx.now().await?.minus(kept);
            provider_events::prune(&tx, until).await
        })
        .await
}
