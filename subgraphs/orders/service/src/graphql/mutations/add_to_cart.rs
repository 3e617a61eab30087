//! `addToCart`

use async_graphql::{Context, ID, InputObject, Object};
use fault::Fault;
use serving::graphql::global_id;

use super::input;
use crate::{
    commands::{add_to_cart, shop::Shop},
    graphql::types::CartPayload,
};

/// What goes into which cart.
#[derive(InputObject)]
struct AddToCartInput {
    /// What to add.
    variant_id: ID,
    /// How many pieces, at least 1.
    quantity: i32,
    /// The token of a guest's cart. Without it the signed-in user's own cart is meant, which is made when there is none;
    /// a guest without a token gets a new cart and its token.
    cart_token: Option<String>,
    /// The cart, to be sure: it must be the one that is meant.
    cart_id: Option<ID>,
    /// Only if the cart is still at this version.
    if_version: Option<i32>,
    /// A UUID: the same request under the same key takes effect once. It counts for nothing when a guest has no cart yet,
    /// since there is nobody whom it could belong to.
    idempotency_key: Option<String>,
}

#[derive(Default)]
pub(super) struct AddToCart;

#[Object]
impl AddToCart {
    /// Puts pieces of a variant into a cart; what is there already is added to. More than there is in stock may be added:
    /// the cart then says so in `problems`.
    async fn add_to_cart(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What goes into which cart.")] input: AddToCartInput,
    ) -> Result<CartPayload, Fault> {
        let access = input::access(ctx, input.cart_token.as_deref(), input.cart_id.as_ref())?;
        if access.is_none() && input.cart_id.is_some() {
            return Err(Fault::not_found("cart"));
        }
        let key = input::key(input.idempotency_key.as_deref())?;
        let command = add_to_cart::Input {
            variant_id: global_id::decode("Variant", &input.variant_id)?,
            quantity: input::quantity(input.quantity),
            if_version: input::version(input.if_version),
        };
        Ok(
            add_to_cart::run(ctx.data_unchecked::<Shop>(), access, key, command)
                .await?
                .into(),
        )
    }
}
