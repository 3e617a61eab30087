//! Ends every session of a user.

use fault::Fault;
use identity::User;
use users_domain::EndReason;

use super::end_sessions;
use super::once::{Answer, Repeat, once};
use crate::app::Services;
use crate::store;

/// How many sessions were ended; with `keep_current` all but the one that asks.
pub(crate) async fn run(
    services: &Services,
    user: &User,
    keep_current: bool,
    repeat: Option<Repeat>,
) -> Result<Answer<usize, ()>, Fault> {
    let repeat = repeat.as_ref();
    services
        .database
        .write(|tx| async move {
            once(&tx, repeat, async {
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
