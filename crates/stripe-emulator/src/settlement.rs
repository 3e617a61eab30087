use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;
use tokio_util::sync::CancellationToken;

use crate::emulator::Shared;
use crate::time;
use crate::writer::Work;

/// Settles pending charges when their time has come, those of an earlier run included.
pub(crate) async fn run(shared: Arc<Shared>, cancel: CancellationToken) {
    loop {
        let next = match next_due(&shared).await {
            Ok(next) => next,
            Err(error) => {
                tracing::error!(error = %error, "payment emulator could not read what is due");
                Some(time::now_ms() + 1_000)
            }
        };
        tokio::select! {
            () = cancel.cancelled() => return,
            () = shared.settles.notified() => {}
            () = time::sleep_until_ms(next) => {
                if let Err(error) = shared.store.write(Work::Settle).await {
                    tracing::error!(error = error.message, "payment emulator could not settle");
                    // What is due stays due: do not spin while the file cannot be written.
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            }
        }
    }
}

async fn next_due(shared: &Shared) -> rusqlite::Result<Option<i64>> {
    let read = |conn: &Connection| {
        conn.prepare_cached("SELECT min(due_at) FROM payment_intents WHERE due_at IS NOT NULL")?
            .query_row([], |row| row.get(0))
    };
    shared.store.readers.read(read).await
}
