//! `updateAddress`.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use database::idempotency::Once;
use fault::Fault;
use serde::Serialize;
use serving::graphql::global_id;

use crate::commands::once::{Answer, key};
use crate::commands::update_address::{self, Error};
use crate::graphql::directives::authenticated;
use crate::graphql::schema::{loaders, services, viewer};
use crate::graphql::types::address::{SavedAddress, SavedAddressInput};
use crate::graphql::types::user::{Sight, User};
use crate::graphql::types::user_error::UserError;

#[derive(Default)]
pub(super) struct UpdateAddress;

/// An address to change.
#[derive(InputObject, Serialize)]
struct UpdateAddressInput {
    /// Which address.
    address_id: ID,
    /// What it is now, whole: a value that is left out is gone.
    address: SavedAddressInput,
    /// Only if the user is still at this version.
    if_version: Option<i32>,
    /// A UUID; the same key gives the same outcome for 24 hours.
    idempotency_key: Option<String>,
}

/// The changed address.
#[derive(SimpleObject)]
struct UpdateAddressPayload {
    /// The address as it is now; null if refused.
    address: Option<SavedAddress>,
    /// The user as they are now.
    user: Option<User>,
    /// Why the address was not changed.
    user_errors: Vec<UserError>,
    /// Whether this is the outcome of an earlier call with the same key.
    replayed: bool,
}

#[Object]
impl UpdateAddress {
    /// Replaces one of the viewer's addresses. NOT_FOUND if the viewer has no such address.
    #[graphql(directive = authenticated::apply())]
    async fn update_address(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which address, and what it is now.")] input: UpdateAddressInput,
    ) -> Result<UpdateAddressPayload, Fault> {
        let user_id = viewer(ctx)?.user()?.id;
        let request = Once::new(
            user_id.to_string(),
            "updateAddress",
            key(input.idempotency_key.as_deref())?,
            &input,
        );
        let input = update_address::Input {
            user_id,
            address_id: global_id::decode("SavedAddress", &input.address_id)?,
            form: input.address.into(),
            if_version: input.if_version.map(Into::into),
        };
        let (outcome, replayed) = match update_address::run(services(ctx)?, input, request).await? {
            Answer::Done { outcome, replayed } => (outcome.map_err(refusals), replayed),
            Answer::OtherRequest => (Err(vec![UserError::key_conflict()]), false),
        };
        let loaders = loaders(ctx)?;
        let user = loaders.account(user_id).await?.map(|account| User {
            account,
            sight: Sight::Whole,
        });
        Ok(match outcome {
            Ok(id) => {
                let stored = loaders
                    .addresses(user_id)
                    .await?
                    .into_iter()
                    .find(|stored| stored.id == id);
                UpdateAddressPayload {
                    address: stored.map(Into::into),
                    user,
                    user_errors: Vec::new(),
                    replayed,
                }
            }
            Err(user_errors) => UpdateAddressPayload {
                address: None,
                user,
                user_errors,
                replayed,
            },
        })
    }
}

fn refusals(error: Error) -> Vec<UserError> {
    match error {
        Error::Invalid(refusals) => UserError::invalid(&["input", "address"], refusals),
        Error::Stale(current) => vec![UserError::stale(current)],
    }
}
