//! Ends one session: that of a refresh token, or that of whoever asks.

use fault::Fault;
use identity::Viewer;
use users_domain::EndReason;

use super::{end_sessions, issue_tokens};
use crate::app::Services;
use crate::store;

/// Whether a session was ended now. Unauthenticated with neither a token nor a viewer.
pub(crate) async fn run(
    services: &Services,
    viewer: &Viewer,
    refresh_token: Option<&str>,
) -> Result<bool, Fault> {
    let hash = &refresh_token.map(issue_tokens::hash);
    if hash.is_none() {
        viewer.user()?;
    }
    services
        .database
        .write(|tx| async move {
            let session = if let Some(hash) = hash {
                let found = store::sessions::lock_by_token(&tx, hash).await?;
                found.map(|(session, _)| session)
            } else {
                let user = viewer.user()?;
                store::sessions::lock_own(&tx, user.id, user.session_id).await?
            };
            let Some(session) = session else {
                return Ok(false);
            };
            let now = tx.now().await?;
            let (user_id, one) = (session.user_id, std::slice::from_ref(&session));
            Ok(
                end_sessions::apply(&tx, services, user_id, one, EndReason::LoggedOut, now).await?
                    > 0,
            )
        })
        .await
}
