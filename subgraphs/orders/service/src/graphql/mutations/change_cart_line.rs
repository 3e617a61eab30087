//! `changeCartLine`

use async_graphql::{Context, ID, InputObject, Object};
use fault::Fault;
use serving::graphql::global_id;

use super::input;
use crate::{
    commands::{change_cart_line, shop::Shop},
    graphql::types::CartPayload,
};

/// Which line changes, and how.
#[derive(InputObject)]
struct ChangeCartLineInput {
    /// The line.
    line_id: ID,
    /// How many pieces it shall hold, at least 1.
    quantity: i32,
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
pub(super) struct ChangeCartLine;

#[Object]
impl ChangeCartLine {
    /// Sets how many pieces a line holds. It also takes note of the present price, so that a problem with it is settled.
    async fn change_cart_line(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which line changes, and how.")] input: ChangeCartLineInput,
    ) -> Result<CartPayload, Fault> {
        let access = input::existing(ctx, input.cart_token.as_deref(), input.cart_id.as_ref())?;
        let key = input::key(input.idempotency_key.as_deref())?;
        let command = change_cart_line::Input {
            line_id: global_id::decode("CartLine", &input.line_id)?,
            quantity: input::quantity(input.quantity),
            if_version: input::version(input.if_version),
        };
        Ok(
            change_cart_line::run(ctx.data_unchecked::<Shop>(), access, key, command)
                .await?
                .into(),
        )
    }
}
