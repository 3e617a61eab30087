//! `removeAddress`.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use database::idempotency::Once;
use fault::Fault;
use serde::Serialize;
use serving::graphql::global_id;

use crate::commands::once::{Answer, key};
use crate::commands::remove_address::{self, Error};
use crate::graphql::directives::authenticated;
use crate::graphql::schema::{loaders, services, viewer};
use crate::graphql::types::user::{Sight, User};
use crate::graphql::types::user_error::UserError;

#[derive(Default)]
pub(super) struct RemoveAddress;

/// An address to remove.
#[derive(InputObject, Serialize)]
struct RemoveAddressInput {
    /// Which address.
    address_id: ID,
    /// Only if the user is still at this version.
    if_version: Option<i32>,
    /// A UUID; the same key gives the same outcome for 24 hours.
    idempotency_key: Option<String>,
}

/// The address that is gone.
#[derive(SimpleObject)]
struct RemoveAddressPayload {
    /// Its id; null if refused.
    removed_address_id: Option<ID>,
    /// The user as they are now.
    user: Option<User>,
    /// Why it is still there.
    user_errors: Vec<UserError>,
    /// Whether this is the outcome of an earlier call with the same key.
    replayed: bool,
}

#[Object]
impl RemoveAddress {
    /// Removes one of the viewer's addresses; what it was the default for has none until another is chosen. Orders
    /// keep the address they were placed with. NOT_FOUND if the viewer has no such address.
    #[graphql(directive = authenticated::apply())]
    async fn remove_address(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which address.")] input: RemoveAddressInput,
    ) -> Result<RemoveAddressPayload, Fault> {
        let user_id = viewer(ctx)?.user()?.id;
        let request = Once::new(
            user_id.to_string(),
            "removeAddress",
            key(input.idempotency_key.as_deref())?,
            &input,
        );
        let input = remove_address::Input {
            user_id,
            address_id: global_id::decode("SavedAddress", &input.address_id)?,
            if_version: input.if_version.map(Into::into),
        };
        let (removed_address_id, user_errors, replayed) =
            match remove_address::run(services(ctx)?, input, request).await? {
                Answer::Done {
                    outcome: Ok(id),
                    replayed,
                } => (
                    Some(global_id::encode("SavedAddress", id)),
                    Vec::new(),
                    replayed,
                ),
                Answer::Done {
                    outcome: Err(Error::Stale(current)),
                    replayed,
                } => (None, vec![UserError::stale(current)], replayed),
                Answer::OtherRequest => (None, vec![UserError::key_conflict()], false),
            };
        let account = loaders(ctx)?.account(user_id).await?;
        let user = account.map(|account| User {
            account,
            sight: Sight::Whole,
        });
        Ok(RemoveAddressPayload {
            removed_address_id,
            user,
            user_errors,
            replayed,
        })
    }
}
