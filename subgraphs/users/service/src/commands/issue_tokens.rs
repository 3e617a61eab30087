//! Opens a session and makes its tokens.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clock::Timestamp;
use database::Tx;
use fault::Fault;
use sha2::{Digest, Sha256};
use users_domain::{EndReason, Session, SessionState};
use uuid::Uuid;

use super::end_sessions;
use crate::app::Services;
use crate::store;

/// A refresh token: 256 random bits. The database holds its SHA-256 alone, which for so many bits needs no salt.
pub(crate) struct RefreshToken {
    /// What the client gets.
    pub(crate) text: String,
    /// What is kept.
    pub(crate) hash: String,
}

/// A session's tokens, for its owner alone.
pub(crate) struct Tokens {
    pub(crate) access_token: String,
    pub(crate) access_until: Timestamp,
    pub(crate) refresh_token: String,
    pub(crate) refresh_until: Timestamp,
}

impl RefreshToken {
    /// A new one.
    pub(crate) fn new(services: &Services) -> Self {
        let text = services.clock.token();
        Self {
            hash: hash(&text),
            text,
        }
    }
}

/// What is kept of a refresh token.
pub(crate) fn hash(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(token))
}

/// Opens a session of `user_id`; the oldest one ends when there would be too many.
pub(crate) async fn open(
    tx: &Tx,
    services: &Services,
    user_id: Uuid,
    token: &RefreshToken,
    now: Timestamp,
) -> Result<Session, Fault> {
    let open = store::sessions::lock_open(tx, user_id, now).await?;
    if let Some(displaced) = open.get(services.sessions_per_user.saturating_sub(1)..) {
        end_sessions::apply(tx, services, user_id, displaced, EndReason::Displaced, now).await?;
    }
    let session = Session::open(services.clock.id(), user_id, now, services.policy);
    store::sessions::insert(tx, &session, &token.hash).await?;
    Ok(session)
}

/// Signs an access token for a session that is committed.
pub(crate) fn sign(
    services: &Services,
    session: &Session,
    token: RefreshToken,
    roles: &store::roles::Roles,
) -> Result<Tokens, Fault> {
    let access = services
        .issuer
        .mint(session.user_id, session.id, store::roles::scopes(roles))
        .map_err(Fault::internal)?;
    let refresh_until = match session.state {
        SessionState::Open { until } => until,
        SessionState::Ended { at, .. } => at,
    };
    Ok(Tokens {
        access_token: access.token,
        access_until: access.expires_at,
        refresh_token: token.text,
        refresh_until,
    })
}
