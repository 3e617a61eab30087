//! `clearCart`

use async_graphql::{Context, ID, InputObject, Object};
use fault::Fault;

use super::input;
use crate::{
    commands::{clear_cart, shop::Shop},
    graphql::types::CartPayload,
};

/// Which cart is emptied.
#[derive(InputObject)]
struct ClearCartInput {
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
pub(super) struct ClearCart;

#[Object]
impl ClearCart {
    /// Takes all lines out of a cart. Its address stays.
    async fn clear_cart(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which cart is emptied.")] input: ClearCartInput,
    ) -> Result<CartPayload, Fault> {
        let access = input::existing(ctx, input.cart_token.as_deref(), input.cart_id.as_ref())?;
        let key = input::key(input.idempotency_key.as_deref())?;
        let command = clear_cart::Input {
            if_version: input::version(input.if_version),
        };
        Ok(
            clear_cart::run(ctx.data_unchecked::<Shop>(), access, key, command)
                .await?
                .into(),
        )
    }
}
