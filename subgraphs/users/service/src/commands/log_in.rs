//! Opens a session for whoever knows the password. A wrong password and an unknown account give the same answer in
//! the same time.

use std::net::IpAddr;

use fault::Fault;
use users_domain::Email;
use uuid::Uuid;

use super::issue_tokens::{self, RefreshToken, Tokens};
use crate::app::Services;
use crate::store;

pub(crate) struct Input<'a> {
    pub(crate) email: &'a str,
    pub(crate) password: &'a str,
    pub(crate) address: Option<IpAddr>,
}

/// There is no such account, or it has another password.
#[derive(Debug)]
pub(crate) struct WrongCredentials;

/// The user's id and the new session's tokens. RateLimited after too many failures, Unavailable under too much load.
pub(crate) async fn run(
    services: &Services,
    input: Input<'_>,
) -> Result<Result<(Uuid, Tokens), WrongCredentials>, Fault> {
    let email = Email::parse(input.email).ok();
    services
        .throttle
        .before_log_in(email.as_ref(), input.address)?;
    let known = match &email {
        Some(email) => store::accounts::by_email(services.database.read(), email).await?,
        None => None,
    };
    let hash = known.as_ref().map(|(_, hash)| hash.as_str());
    let verified = services.passwords.verify(input.password, hash).await;
    if !matches!(verified, Ok(false)) {
        services
            .throttle
            .after_log_in(email.as_ref(), input.address);
    }
    let (Some((account, _)), true) = (known, verified?) else {
        return Ok(Err(WrongCredentials));
    };
    let roles = store::roles::of_user(services.database.read(), account.id).await?;
    let token = RefreshToken::new(services);
    let (first, user_id) = (&token, account.id);
    let session = services
        .database
        .write(|tx| async move {
            let now = tx.now().await?;
            issue_tokens::open(&tx, services, user_id, first, now).await
        })
        .await?;
    Ok(Ok((
        user_id,
        issue_tokens::sign(services, &session, token, &roles)?,
    )))
}
