//! Tokens of a session.

use async_graphql::SimpleObject;
use serving::graphql::DateTime;

use crate::commands::issue_tokens::Tokens;

/// What a client needs to act for a user. Keep both tokens secret.
#[derive(SimpleObject)]
pub(crate) struct SessionTokens {
    /// A JWT; send it as `authorization: Bearer …`, or as `authorization` in `connection_init`.
    access_token: String,
    /// When the access token expires (after 15 minutes unless configured otherwise).
    access_token_expires_at: DateTime,
    /// Gives the next pair of tokens through `refreshToken`, once. Using it twice ends the session.
    refresh_token: String,
    /// When the session is over unless it is refreshed before.
    refresh_token_expires_at: DateTime,
}

impl From<Tokens> for SessionTokens {
    fn from(tokens: Tokens) -> Self {
        Self {
            access_token: tokens.access_token,
            access_token_expires_at: tokens.access_until.into(),
            refresh_token: tokens.refresh_token,
            refresh_token_expires_at: tokens.refresh_until.into(),
        }
    }
}
