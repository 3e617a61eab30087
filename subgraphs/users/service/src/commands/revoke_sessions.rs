//! Ends every session of a user.

use database::idempotency::Once;
use fault::Fault;
use identity::User;
use users_domain::EndReason;

use super::end_sessions;
use super::once::{Answer, once};
use crate::app::Services;
use crate::store;

/// How many sessions were ended; with `keep_current` all but the one that asks.
pub(crate) async fn run(
    services: &Services,
    user: &User,
    keep_current: bool,
    request: Once,
) -> Result<Answer<usize, ()>, Fault> {
    let request = &request;
    services
        .database
        .write(|tx| async move {
            once(&tx, request, async {
                let now = tx.now().await?;
                let mut sessions = store::sessions::lock_open(&tx, user.id, now).await?;
                sessions.retain(|session| !(keep_current && session.id == user.session_id));
                Ok(Ok(end_sessions::apply(
                    &tx,
                    services,
                    user.id,
                    &sessions,
                    EndReason::Revoked,
                    now,
                )
                .await?))
            })
            .await
        })
        .await
}
