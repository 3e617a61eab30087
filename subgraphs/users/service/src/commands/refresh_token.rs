//! Renews a session: one refresh token for the next. A token that was used before ends the session.

use database::Tx;
use fault::{Code, Fault};
use users_domain::{EndReason, RenewalRefusal, Session};
use uuid::Uuid;

use super::end_sessions;
use super::issue_tokens::{self, RefreshToken, Tokens};
use crate::app::Services;
use crate::store;

/// The user's id and new tokens. Unauthenticated for an unknown token, TokenExpired and TokenRevoked for one that was
/// good once.
pub(crate) async fn run(services: &Services, refresh_token: &str) -> Result<(Uuid, Tokens), Fault> {
    let hash = &issue_tokens::hash(refresh_token);
    if !store::sessions::knows(services.database.read(), hash).await? {
        return Err(unknown());
    }
    let token = RefreshToken::new(services);
    let next = &token;
    let renewed = services
        .database
        .write(|tx| async move { renew(&tx, services, hash, next).await })
        .await?;
    let (session, roles) = renewed.map_err(|refusal| match refusal {
        RenewalRefusal::Expired => {
            Fault::new(Code::TokenExpired, "the session has expired; log in again")
        }
        RenewalRefusal::Ended | RenewalRefusal::Reused => {
            Fault::new(Code::TokenRevoked, "the session was ended; log in again")
        }
    })?;
    Ok((
        session.user_id,
        issue_tokens::sign(services, &session, token, &roles)?,
    ))
}

type Renewed = Result<(Session, store::roles::Roles), RenewalRefusal>;

/// A refusal is a result, not an error: what it changes has to be committed.
async fn renew(
    tx: &Tx,
    services: &Services,
    hash: &str,
    next: &RefreshToken,
) -> Result<Renewed, Fault> {
    let now = tx.now().await?;
    let (session, replaced) = store::sessions::lock_by_token(tx, hash)
        .await?
        .ok_or_else(unknown)?;
    let renewed = match session.renew(replaced, now, services.policy) {
        Ok(renewed) => renewed,
        Err(refusal) => {
            if refusal == RenewalRefusal::Reused {
                let (user_id, family) = (session.user_id, std::slice::from_ref(&session));
                end_sessions::apply(tx, services, user_id, family, EndReason::Reused, now).await?;
                tracing::warn!(user.id = %session.user_id, session.id = %session.id, "refresh token reused");
            }
            return Ok(Err(refusal));
        }
    };
    store::sessions::renew(tx, &renewed, hash, &next.hash, now).await?;
    let roles = store::roles::of_user(tx, renewed.user_id).await?;
    Ok(Ok((renewed, roles)))
}

fn unknown() -> Fault {
    Fault::new(
        Code::Unauthenticated,
        "this is not a refresh token of this shop; log in again",
    )
}
