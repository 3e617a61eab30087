//! Forgets sessions that have been over for a day, with all of their refresh tokens, and outcomes of idempotent
//! mutations that are too old to be asked for.

use std::time::Duration;

use fault::Fault;

use crate::app::Services;
use crate::store;

const KEPT: Duration = Duration::from_hours(24);
const AT_ONCE: u64 = 500;

/// How many sessions were forgotten.
pub(crate) async fn run(services: &Services) -> Result<u64, Fault> {
    let mut forgotten = 0;
    loop {
        let deleted = services
            .database
            .write(|tx| async move {
                let before = tx.now().await?.minus(KEPT);
                Ok::<_, Fault>(store::sessions::delete_over(&tx, before, AT_ONCE).await?)
            })
            .await?;
        forgotten += deleted;
        if deleted < AT_ONCE {
            break;
        }
    }
    database::idempotency::prune(&services.database).await?;
    Ok(forgotten)
}
