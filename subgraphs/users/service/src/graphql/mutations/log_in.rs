//! `logIn`.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use fault::Fault;

use crate::commands::log_in;
use crate::graphql::directives::cost;
use crate::graphql::schema::{address, loaders, services};
use crate::graphql::types::session::SessionTokens;
use crate::graphql::types::user::{Sight, User};
use crate::graphql::types::user_error::UserError;

#[derive(Default)]
pub(super) struct LogIn;

/// Who wants to log in.
#[derive(InputObject)]
struct LogInInput {
    /// The e-mail address of the account.
    email: String,
    /// Its password.
    #[graphql(secret)]
    password: String,
}

/// The new session.
#[derive(SimpleObject)]
struct LogInPayload {
    /// The user; null if refused.
    user: Option<User>,
    /// Tokens of the new session; null if refused.
    session: Option<SessionTokens>,
    /// Why there is no session.
    user_errors: Vec<UserError>,
}

#[Object]
impl LogIn {
    /// Opens a session. RATE_LIMITED with `retryAfterMs` after 10 failures for an account or 50 from an address in 15
    /// minutes (unless configured otherwise).
    #[graphql(directive = cost::apply("50".to_owned()))]
    async fn log_in(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "E-mail address and password.")] input: LogInInput,
    ) -> Result<LogInPayload, Fault> {
        let input = log_in::Input {
            email: &input.email,
            password: &input.password,
            address: address(ctx),
        };
        match log_in::run(services(ctx)?, input).await? {
            Ok((id, tokens)) => {
                let account = loaders(ctx)?.account(id).await?;
                let user = account.map(|account| User {
                    account,
                    sight: Sight::Whole,
                });
                Ok(LogInPayload {
                    user,
                    session: Some(tokens.into()),
                    user_errors: Vec::new(),
                })
            }
            Err(log_in::WrongCredentials) => Ok(LogInPayload {
                user: None,
                session: None,
                user_errors: vec![UserError::wrong_credentials()],
            }),
        }
    }
}
