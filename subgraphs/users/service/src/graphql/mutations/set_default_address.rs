//! `setDefaultAddress`.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use database::idempotency::Once;
use fault::Fault;
use serde::Serialize;
use serving::graphql::global_id;

use crate::commands::once::{Answer, key};
use crate::commands::set_default_address::{self, Error};
use crate::graphql::directives::authenticated;
use crate::graphql::schema::{loaders, services, viewer};
use crate::graphql::types::address::AddressUse;
use crate::graphql::types::user::{Sight, User};
use crate::graphql::types::user_error::UserError;

#[derive(Default)]
pub(super) struct SetDefaultAddress;

/// A choice of address.
#[derive(InputObject, Serialize)]
struct SetDefaultAddressInput {
    /// Which address.
    address_id: ID,
    /// What to use it for.
    default_for: Vec<AddressUse>,
    /// Only if the user is still at this version.
    if_version: Option<i32>,
    /// A UUID; the same key gives the same outcome for 24 hours.
    idempotency_key: Option<String>,
}

/// The choice that was made.
#[derive(SimpleObject)]
struct SetDefaultAddressPayload {
    /// The user as they are now.
    user: Option<User>,
    /// Why nothing was chosen.
    user_errors: Vec<UserError>,
    /// Whether this is the outcome of an earlier call with the same key.
    replayed: bool,
}

#[Object]
impl SetDefaultAddress {
    /// Chooses one of the viewer's addresses for shipping, billing or both. NOT_FOUND if the viewer has no such address.
    #[graphql(directive = authenticated::apply())]
    async fn set_default_address(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which address, and what for.")] input: SetDefaultAddressInput,
    ) -> Result<SetDefaultAddressPayload, Fault> {
        let user_id = viewer(ctx)?.user()?.id;
        let request = Once::new(
            user_id.to_string(),
            "setDefaultAddress",
            key(input.idempotency_key.as_deref())?,
            &input,
        );
        let input = set_default_address::Input {
            user_id,
            address_id: global_id::decode("SavedAddress", &input.address_id)?,
            purposes: input.default_for.into_iter().map(Into::into).collect(),
            if_version: input.if_version.map(Into::into),
        };
        let (user_errors, replayed) =
            match set_default_address::run(services(ctx)?, input, request).await? {
                Answer::Done {
                    outcome: Ok(_),
                    replayed,
                } => (Vec::new(), replayed),
                Answer::Done {
                    outcome: Err(Error::Stale(current)),
                    replayed,
                } => (vec![UserError::stale(current)], replayed),
                Answer::OtherRequest => (vec![UserError::key_conflict()], false),
            };
        let account = loaders(ctx)?.account(user_id).await?;
        let user = account.map(|account| User {
            account,
            sight: Sight::Whole,
        });
        Ok(SetDefaultAddressPayload {
            user,
            user_errors,
            replayed,
        })
    }
}
