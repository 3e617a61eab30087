//! Makes an account and logs it in.

use std::net::IpAddr;

use events::users::UserRegistered;
use fault::Fault;
use identity::Role;
use users_domain::{Account, DisplayName, Email, check_password};
use uuid::Uuid;

use super::announce::announce;
use super::issue_tokens::{self, RefreshToken, Tokens};
use crate::app::Services;
use crate::store;

pub(crate) struct Input<'a> {
    pub(crate) email: &'a str,
    pub(crate) password: &'a str,
    pub(crate) display_name: Option<&'a str>,
    pub(crate) address: Option<IpAddr>,
}

/// Why there is no new account.
#[derive(Debug)]
pub(crate) enum Error {
    /// What is wrong with the fields of these names.
    Invalid(Vec<(&'static str, String)>),
    /// The e-mail address has an account.
    EmailTaken,
}

/// The new user's id and the tokens of the first session.
pub(crate) async fn run(
    services: &Services,
    input: Input<'_>,
) -> Result<Result<(Uuid, Tokens), Error>, Fault> {
    services.throttle.before_register(input.address)?;
    let (email, name) = match check(&input) {
        Ok(checked) => checked,
        Err(refusals) => return Ok(Err(Error::Invalid(refusals))),
    };
    if store::accounts::by_email(services.database.read(), &email)
        .await?
        .is_some()
    {
        return Ok(Err(Error::EmailTaken));
    }
    let password_hash = &services.passwords.hash(input.password).await?;
    let token = RefreshToken::new(services);
    let (email, name, first) = (&email, &name, &token);
    let made = services
        .database
        .write(|tx| async move {
            let now = tx.now().await?;
            let account = Account::register(services.clock.id(), email.clone(), name.clone(), now);
            if !store::accounts::insert(&tx, &account, password_hash).await? {
                return Ok(None);
            }
            store::roles::add(&tx, account.id, [Role::Customer]).await?;
            let session = issue_tokens::open(&tx, services, account.id, first, now).await?;
            announce(
                &tx,
                &services.clock,
                account.id,
                &[UserRegistered {
                    user_id: account.id,
                }],
            )
            .await?;
            Ok::<_, Fault>(Some(session))
        })
        .await;
    let Some(session) = made? else {
        return Ok(Err(Error::EmailTaken));
    };
    let tokens = issue_tokens::sign(services, &session, token, &[Role::Customer].into())?;
    Ok(Ok((session.user_id, tokens)))
}

type Refusals = Vec<(&'static str, String)>;

fn check(input: &Input<'_>) -> Result<(Email, Option<DisplayName>), Refusals> {
    let mut refusals = Refusals::new();
    let email = Email::parse(input.email)
        .map_err(|refusal| refusals.push(("email", refusal.to_string())))
        .ok();
    if let Some(Err(refusal)) = email
        .as_ref()
        .map(|email| check_password(input.password, email))
    {
        refusals.push(("password", refusal.to_string()));
    }
    let name = input.display_name.map(DisplayName::parse).transpose();
    let name = name
        .map_err(|refusal| refusals.push(("displayName", refusal.to_string())))
        .ok();
    match (email, name) {
        (Some(email), Some(name)) if refusals.is_empty() => Ok((email, name)),
        _ => Err(refusals),
    }
}
