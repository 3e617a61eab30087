//! `addAddress`.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use database::idempotency::Once;
use fault::Fault;
use serde::Serialize;

use crate::commands::add_address::{self, Error};
use crate::commands::once::{Answer, key};
use crate::graphql::directives::authenticated;
use crate::graphql::schema::{loaders, services, viewer};
use crate::graphql::types::address::{AddressUse, SavedAddress, SavedAddressInput};
use crate::graphql::types::user::{Sight, User};
use crate::graphql::types::user_error::UserError;

#[derive(Default)]
pub(super) struct AddAddress;

/// An address to add.
#[derive(InputObject, Serialize)]
struct AddAddressInput {
    /// The address.
    address: SavedAddressInput,
    /// What to use it for from now on; the first address is used for everything.
    #[graphql(default)]
    default_for: Vec<AddressUse>,
    /// Only if the user is still at this version.
    if_version: Option<i32>,
    /// A UUID; the same key gives the same outcome for 24 hours.
    idempotency_key: Option<String>,
}

/// The new address.
#[derive(SimpleObject)]
struct AddAddressPayload {
    /// The new address; null if refused, or if it has been removed since the first call with this key.
    address: Option<SavedAddress>,
    /// The user as they are now.
    user: Option<User>,
    /// Why there is no new address.
    user_errors: Vec<UserError>,
    /// Whether this is the outcome of an earlier call with the same key.
    replayed: bool,
}

#[Object]
impl AddAddress {
    /// Saves an address for the viewer.
    #[graphql(directive = authenticated::apply())]
    async fn add_address(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The address.")] input: AddAddressInput,
    ) -> Result<AddAddressPayload, Fault> {
        let user_id = viewer(ctx)?.user()?.id;
        let request = Once::new(
            user_id.to_string(),
            "addAddress",
            key(input.idempotency_key.as_deref())?,
            &input,
        );
        let input = add_address::Input {
            user_id,
            form: input.address.into(),
            default_for: input.default_for.into_iter().map(Into::into).collect(),
            if_version: input.if_version.map(Into::into),
        };
        let (outcome, replayed) = match add_address::run(services(ctx)?, input, request).await? {
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
                AddAddressPayload {
                    address: stored.map(Into::into),
                    user,
                    user_errors: Vec::new(),
                    replayed,
                }
            }
            Err(user_errors) => AddAddressPayload {
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
        Error::TooMany => vec![UserError::too_many_addresses()],
        Error::Stale(current) => vec![UserError::stale(current)],
    }
}
