//! `cancelOrder`

use async_graphql::{Context, ID, InputObject, Object};
use fault::Fault;
use identity::Viewer;
use serving::graphql::global_id;

use super::input;
use crate::{
    commands::{cancel_order, shop::Shop},
    graphql::{directives, types::OrderPayload},
};

/// Which order is called off.
#[derive(InputObject)]
struct CancelOrderInput {
    /// The order.
    order_id: ID,
    /// Why, at most 500 characters. Staff has to say it; the customer reads it.
    reason: Option<String>,
    /// Only if the order is still at this version.
    if_version: Option<i32>,
    /// A UUID: the same request under the same key takes effect once.
    idempotency_key: Option<String>,
}

#[derive(Default)]
pub(super) struct CancelOrder;

#[Object]
impl CancelOrder {
    /// Calls an order off that is not shipped yet: the customer their own, staff (`orders:manage`) any. What had been paid
    /// goes back in full.
    #[graphql(directive = directives::authenticated::apply())]
    async fn cancel_order(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which order is called off.")] input: CancelOrderInput,
    ) -> Result<OrderPayload, Fault> {
        let viewer = ctx.data_unchecked::<Viewer>();
        viewer.user()?;
        let key = input::key(input.idempotency_key.as_deref())?;
        let command = cancel_order::Input {
            order_id: global_id::decode("Order", &input.order_id)?,
            reason: input.reason,
            if_version: input::version(input.if_version),
        };
        Ok(
            cancel_order::run(ctx.data_unchecked::<Shop>(), viewer, key, command)
                .await?
                .into(),
        )
    }
}
