use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::emulator::Shared;
use crate::error::Stop;
use crate::idempotency;
use crate::writer::{Tx, Work};

/// How often old rows are looked for.
const EVERY: Duration = Duration::from_mins(10);
/// Stripe lists events of the last 30 days.
const EVENTS_KEPT_SECONDS: i64 = 30 * 24 * 60 * 60;

/// Deletes what is older than Stripe keeps it, from time to time.
pub(crate) async fn run(shared: Arc<Shared>, cancel: CancellationToken) {
    loop {
        if let Err(error) = shared.store.write(Work::Purge).await {
            tracing::warn!(
                error = error.message,
                "payment emulator could not delete old rows"
            );
        }
        tokio::select! {
            () = cancel.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

pub(crate) fn purge(tx: &Tx<'_>) -> Result<(), Stop> {
    tx.conn
        .prepare_cached("DELETE FROM idempotency WHERE created_ms <= ?")?
        .execute([tx.now_ms - idempotency::KEPT_MS])?;
    tx.conn
        .prepare_cached("DELETE FROM events WHERE delivery <> 0 AND created < ?")?
        .execute([tx.now() - EVENTS_KEPT_SECONDS])?;
    Ok(())
}
