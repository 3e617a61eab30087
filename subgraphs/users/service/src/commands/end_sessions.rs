//! Ends sessions before their time. Access tokens of theirs are refused at once where the verifier is shared with
//! this process, and by consumers of the event elsewhere.

use std::sync::Arc;

use clock::Timestamp;
use database::Tx;
use events::users::SessionRevoked;
use fault::Fault;
use users_domain::{EndReason, Session};
use uuid::Uuid;

use super::announce::announce;
use crate::app::Services;
use crate::store;

/// Ends those of one user's `sessions` that are not over; returns how many there were.
pub(crate) async fn apply(
    tx: &Tx,
    services: &Services,
    user_id: Uuid,
    sessions: &[Session],
    reason: EndReason,
    now: Timestamp,
) -> Result<usize, Fault> {
    let ids: Vec<Uuid> = sessions
        .iter()
        .filter_map(|session| session.end(reason, now))
        .map(|session| session.id)
        .collect();
    if ids.is_empty() {
        return Ok(0);
    }
    store::sessions::end_many(tx, &ids, reason, now).await?;
    let until = services.clock.now().plus(services.issuer.lifetime());
    let events: Vec<_> = ids
        .iter()
        .map(|&session_id| SessionRevoked {
            user_id,
            session_id,
            until,
        })
        .collect();
    announce(tx, &services.clock, user_id, &events).await?;
    let verifier = Arc::clone(&services.verifier);
    let count = ids.len();
    tx.on_commit(move || ids.into_iter().for_each(|id| verifier.revoke(id, until)));
    Ok(count)
}
