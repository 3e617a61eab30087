//! A session was ended: its tokens are refused from now on, and its streams end.

use clock::Timestamp;
use database::{DatabaseError, Tx};
use uuid::Uuid;

use super::shop::Shop;
use crate::store;

/// Remembers it until the session's last access token has expired.
pub(crate) async fn apply(
    tx: &Tx,
    shop: &Shop,
    session_id: Uuid,
    until: Timestamp,
) -> Result<(), DatabaseError> {
    store::sessions::revoke(tx, session_id, until).await?;
    let (verifier, wakes) = (shop.verifier.clone(), shop.wakes.clone());
    tx.on_commit(move || {
        verifier.revoke(session_id, until);
        wakes.sessions.wake(session_id);
    });
    Ok(())
}
