//! Gives back the stock of reservations whose time is over.

use database::DatabaseError;
use fault::Fault;
use products_domain::EntryKind;

use crate::{
    app::Shop,
    commands::release_reservation,
    store::reservations::{self, Stored},
};

const BATCH: u64 = 100;

/// Expires what is due by the database's time; returns how many. Each reservation has a transaction of its own, and is
/// judged again inside it.
pub(crate) async fn run(shop: &Shop) -> Result<u64, Fault> {
    let mut expired = 0;
    loop {
        let now = database::now(shop.database.read()).await?;
        let due = reservations::due(shop.database.read(), now, BATCH).await?;
        let last = due.len() < usize::try_from(BATCH).unwrap_or(usize::MAX);
        for stored in due {
            let id = stored.reservation.id;
            let done = shop.database.write(|tx| async move {
                // Another replica may be at it.
                let Some(stored) = reservations::lock_free(&tx, id).await? else {
                    return Ok::<_, DatabaseError>(false);
                };
                let now = tx.now().await?;
                let before = stored.reservation.state;
                let Ok(reservation) = stored.reservation.expire(now) else {
                    return Ok(false);
                };
                let after = Stored {
                    reservation,
                    ..stored
                };
                release_reservation::finish(
                    shop,
                    &tx,
                    before,
                    after,
                    EntryKind::Released,
                    None,
                    now,
                )
                .await?;
                Ok(true)
            });
            if done.await? {
                expired += 1;
                shop.metrics
                    .reservations
                    .with_label_values(&["expired"])
                    .inc();
                tracing::info!(reservation.id = %id, "reservation expired");
            }
        }
        if last {
            return Ok(expired);
        }
    }
}
