//! `register`.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use fault::Fault;

use crate::commands::register::{self, Error};
use crate::graphql::directives::cost;
use crate::graphql::schema::{address, loaders, services};
use crate::graphql::types::session::SessionTokens;
use crate::graphql::types::user::{Sight, User};
use crate::graphql::types::user_error::UserError;

#[derive(Default)]
pub(super) struct Register;

/// Who wants an account.
#[derive(InputObject)]
struct RegisterInput {
    /// Identifies the account; upper and lower case are the same.
    email: String,
    /// 10 to 128 characters, any of them; the most used passwords are refused.
    #[graphql(secret)]
    password: String,
    /// What to call the user: at most 80 characters.
    display_name: Option<String>,
}

/// The new account.
#[derive(SimpleObject)]
struct RegisterPayload {
    /// The new user; null if refused.
    user: Option<User>,
    /// Tokens of the user's first session: registering logs in.
    session: Option<SessionTokens>,
    /// Why there is no new account.
    user_errors: Vec<UserError>,
}

#[Object]
impl Register {
    /// Makes an account and logs in. RATE_LIMITED after too many from one address.
    #[graphql(directive = cost::apply("50".to_owned()))]
    async fn register(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who wants an account.")] input: RegisterInput,
    ) -> Result<RegisterPayload, Fault> {
        let input = register::Input {
            email: &input.email,
            password: &input.password,
            display_name: input.display_name.as_deref(),
            address: address(ctx),
        };
        let user_errors = match register::run(services(ctx)?, input).await? {
            Ok((id, tokens)) => {
                let account = loaders(ctx)?.account(id).await?;
                let user = account.map(|account| User {
                    account,
                    sight: Sight::Whole,
                });
                return Ok(RegisterPayload {
                    user,
                    session: Some(tokens.into()),
                    user_errors: Vec::new(),
                });
            }
            Err(Error::Invalid(refusals)) => UserError::invalid(&["input"], refusals),
            Err(Error::EmailTaken) => vec![UserError::email_taken()],
        };
        Ok(RegisterPayload {
            user: None,
            session: None,
            user_errors,
        })
    }
}
