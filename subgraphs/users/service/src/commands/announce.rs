//! Puts events into the outbox, in the account's row of events.

use clock::Clock;
use database::Tx;
use events::{Envelope, Event};
use fault::Fault;
use uuid::Uuid;

use crate::store;

/// Appends `events` of one account, in order.
pub(crate) async fn announce<E: Event>(
    tx: &Tx,
    clock: &Clock,
    user_id: Uuid,
    events: &[E],
) -> Result<(), Fault> {
    if events.is_empty() {
        return Ok(());
    }
    let count = i64::try_from(events.len()).map_err(Fault::internal)?;
    let first = store::accounts::next_events(tx, user_id, count).await?;
    let envelopes = (first..)
        .zip(events)
        .map(|(sequence, event)| Envelope::of(clock, user_id, sequence, event))
        .collect::<Result<_, _>>()
        .map_err(Fault::internal)?;
    messaging::outbox::append(tx, envelopes).await?;
    Ok(())
}
