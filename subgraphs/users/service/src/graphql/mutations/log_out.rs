//! `logOut`.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use fault::Fault;

use crate::commands::log_out;
use crate::graphql::schema::{services, viewer};
use crate::graphql::types::user_error::UserError;

#[derive(Default)]
pub(super) struct LogOut;

/// Which session to end.
#[derive(InputObject, Default)]
struct LogOutInput {
    /// A refresh token of the session; without it the session of the access token ends.
    #[graphql(secret)]
    refresh_token: Option<String>,
}

/// The end of a session.
#[derive(SimpleObject)]
struct LogOutPayload {
    /// Whether a session was ended now; false if there was none any more.
    ended: bool,
    /// Always empty.
    user_errors: Vec<UserError>,
}

#[Object]
impl LogOut {
    /// Ends one session: its refresh token is good no more, its access tokens are refused. UNAUTHENTICATED without
    /// either token.
    async fn log_out(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which session to end: the viewer's own if nothing is said.")]
        input: Option<LogOutInput>,
    ) -> Result<LogOutPayload, Fault> {
        let refresh_token = input.unwrap_or_default().refresh_token;
        let ended = log_out::run(services(ctx)?, viewer(ctx)?, refresh_token.as_deref()).await?;
        Ok(LogOutPayload {
            ended,
            user_errors: Vec::new(),
        })
    }
}
