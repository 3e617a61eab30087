//! `refreshToken`.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use fault::Fault;

use crate::commands::refresh_token;
use crate::graphql::schema::{loaders, services};
use crate::graphql::types::session::SessionTokens;
use crate::graphql::types::user::{Sight, User};
use crate::graphql::types::user_error::UserError;

#[derive(Default)]
pub(super) struct RefreshToken;

/// Which session to renew.
#[derive(InputObject)]
struct RefreshTokenInput {
    /// The session's latest refresh token.
    #[graphql(secret)]
    refresh_token: String,
}

/// The renewed session.
#[derive(SimpleObject)]
struct RefreshTokenPayload {
    /// The user.
    user: Option<User>,
    /// The next tokens; those before are good no more.
    session: Option<SessionTokens>,
    /// Always empty: a token that is not good is an error with one of the codes below.
    user_errors: Vec<UserError>,
}

#[Object]
impl RefreshToken {
    /// Gives the next pair of tokens, with the roles as they are now. UNAUTHENTICATED for an unknown token,
    /// TOKEN_EXPIRED after the session's time, TOKEN_REVOKED after its end. A refresh token is good once; one that
    /// comes again ends the session, for whoever holds its tokens.
    async fn refresh_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which session to renew.")] input: RefreshTokenInput,
    ) -> Result<RefreshTokenPayload, Fault> {
        let (id, tokens) = refresh_token::run(services(ctx)?, &input.refresh_token).await?;
        let account = loaders(ctx)?.account(id).await?;
        let user = account.map(|account| User {
            account,
            sight: Sight::Whole,
        });
        Ok(RefreshTokenPayload {
            user,
            session: Some(tokens.into()),
            user_errors: Vec::new(),
        })
    }
}
