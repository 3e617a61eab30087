//! `setCartAddress`

use async_graphql::{Context, ID, InputObject, Object};
use fault::Fault;
use identity::Viewer;

use super::input;
use crate::{
    commands::{set_cart_address, shop::Shop},
    graphql::types::{AddressInput, CartPayload},
};

/// Where which cart goes.
#[derive(InputObject)]
struct SetCartAddressInput {
    /// The address.
    address: AddressInput,
    /// The token of a guest's cart. Without it the signed-in user's own cart is meant.
    cart_token: Option<String>,
    /// The cart, to be sure: it must be the one that is meant.
    cart_id: Option<ID>,
    /// Only if the cart is still at this version.
    if_version: Option<i32>,
    /// A UUID: the same request under the same key takes effect once.
    idempotency_key: Option<String>,
}

#[derive(Default)]
pub(super) struct SetCartAddress;

#[Object]
impl SetCartAddress {
    /// Says where the things in a cart go.
    async fn set_cart_address(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where which cart goes.")] input: SetCartAddressInput,
    ) -> Result<CartPayload, Fault> {
        let access = input::existing(ctx, input.cart_token.as_deref(), input.cart_id.as_ref())?;
        let key = input::key(input.idempotency_key.as_deref())?;
        let command = set_cart_address::Input {
            address: input.address.into(),
            if_version: input::version(input.if_version),
        };
        let (shop, viewer) = (ctx.data_unchecked::<Shop>(), ctx.data_unchecked::<Viewer>());
        Ok(set_cart_address::run(shop, viewer, access, key, command)
            .await?
            .into())
    }
}
