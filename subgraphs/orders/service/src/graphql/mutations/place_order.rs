//! `placeOrder`

use async_graphql::{Context, ID, InputObject, Object};
use fault::Fault;
use identity::Viewer;
use serving::graphql::{BigInt, global_id};

use super::input;
use crate::{
    commands::{place_order, shop::Shop},
    graphql::{
        Loaders, directives,
        types::{Order, OrderPayload, UserError},
    },
};

/// Which cart is ordered.
#[derive(InputObject)]
struct PlaceOrderInput {
    /// The user's own cart.
    cart_id: ID,
    /// A UUID: the same request under the same key places one order, however often it is sent.
    idempotency_key: String,
    /// Only if the cart is still at this version.
    if_version: Option<i32>,
    /// Only if the order comes to this total, in minor units: what the shopper was shown.
    expected_total_units: Option<BigInt>,
    /// Only if everything is there as far as is known: otherwise OutOfStock, and the cart stays. Without it the order is
    /// placed all the same and may be REJECTED a moment later.
    #[graphql(default)]
    only_if_available: bool,
}

#[derive(Default)]
pub(super) struct PlaceOrder;

#[Object]
impl PlaceOrder {
    /// Orders what is in the user's cart and empties it. The order is PENDING until its stock is reserved; then it is
    /// AWAITING_PAYMENT, or REJECTED when others were quicker.
    #[graphql(directive = directives::authenticated::apply())]
    async fn place_order(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which cart is ordered.")] input: PlaceOrderInput,
    ) -> Result<OrderPayload, Fault> {
        let user = ctx.data_unchecked::<Viewer>().user()?.id;
        let key = input::key(Some(&input.idempotency_key))?
            .ok_or_else(|| Fault::invalid("`idempotencyKey` is missing"))?;
        let command = place_order::Input {
            cart_id: global_id::decode("Cart", &input.cart_id)?,
            if_version: input::version(input.if_version),
            expected_total: input.expected_total_units.map(|units| units.0),
            only_if_available: input.only_if_available,
        };
        let answer = place_order::run(ctx.data_unchecked::<Shop>(), user, key, command).await?;
        let order = match (answer.order, answer.outcome.order_id) {
            (Some(order), _) => Some(order),
            (None, Some(id)) => ctx.data_unchecked::<Loaders>().order(id).await?,
            (None, None) => None,
        };
        Ok(OrderPayload {
            order: order.map(Order),
            user_errors: answer
                .outcome
                .refusals
                .into_iter()
                .map(UserError::from)
                .collect(),
            replayed: answer.replayed,
        })
    }
}
