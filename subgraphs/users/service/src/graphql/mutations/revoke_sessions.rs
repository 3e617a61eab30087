//! `revokeSessions`.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use database::idempotency::Once;
use fault::Fault;
use serde::Serialize;

use crate::commands::once::{Answer, key};
use crate::commands::revoke_sessions;
use crate::graphql::directives::authenticated;
use crate::graphql::schema::{services, viewer};
use crate::graphql::types::user_error::UserError;

#[derive(Default)]
pub(super) struct RevokeSessions;

/// Which sessions to end.
#[derive(InputObject, Default, Serialize)]
struct RevokeSessionsInput {
    /// Spares the session of the access token.
    #[graphql(default = false)]
    keep_current: bool,
    /// A UUID; the same key gives the same outcome for 24 hours.
    idempotency_key: Option<String>,
}

/// The end of sessions.
#[derive(SimpleObject)]
struct RevokeSessionsPayload {
    /// How many sessions were ended.
    ended: i32,
    /// Why none was.
    user_errors: Vec<UserError>,
    /// Whether this is the outcome of an earlier call with the same key.
    replayed: bool,
}

#[Object]
impl RevokeSessions {
    /// Ends all sessions of the viewer, on all devices: after a password has leaked, above all.
    #[graphql(directive = authenticated::apply())]
    async fn revoke_sessions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "All of them if nothing is said.")] input: Option<RevokeSessionsInput>,
    ) -> Result<RevokeSessionsPayload, Fault> {
        let (user, input) = (viewer(ctx)?.user()?, input.unwrap_or_default());
        let request = Once::new(
            user.id.to_string(),
            "revokeSessions",
            key(input.idempotency_key.as_deref())?,
            &input,
        );
        Ok(
            match revoke_sessions::run(services(ctx)?, user, input.keep_current, request).await? {
                Answer::Done { outcome, replayed } => {
                    let ended = i32::try_from(outcome.unwrap_or(0)).unwrap_or(i32::MAX);
                    RevokeSessionsPayload {
                        ended,
                        user_errors: Vec::new(),
                        replayed,
                    }
                }
                Answer::OtherRequest => RevokeSessionsPayload {
                    ended: 0,
                    user_errors: vec![UserError::key_conflict()],
                    replayed: false,
                },
            },
        )
    }
}
