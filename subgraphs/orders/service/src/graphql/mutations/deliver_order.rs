//! `deliverOrder`

use async_graphql::{Context, ID, InputObject, Object};
use fault::Fault;
use identity::{Scope, Viewer};
use serving::graphql::global_id;

use super::input;
use crate::{
    commands::{deliver_order, shop::Shop},
    graphql::types::OrderPayload,
};

/// What arrived.
#[derive(InputObject)]
struct DeliverOrderInput {
    /// The order.
    order_id: ID,
    /// Only if the order is still at this version.
    if_version: Option<i32>,
    /// A UUID: the same request under the same key takes effect once.
    idempotency_key: Option<String>,
}

#[derive(Default)]
pub(super) struct DeliverOrder;

#[Object]
impl DeliverOrder {
    /// A shipped order has arrived. For staff (`orders:manage`).
    #[graphql(requires_scopes = "orders:manage")]
    async fn deliver_order(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What arrived.")] input: DeliverOrderInput,
    ) -> Result<OrderPayload, Fault> {
        let staff = ctx
            .data_unchecked::<Viewer>()
            .require(Scope::OrdersManage)?
            .id;
        let key = input::key(input.idempotency_key.as_deref())?;
        let command = deliver_order::Input {
            order_id: global_id::decode("Order", &input.order_id)?,
            if_version: input::version(input.if_version),
        };
        Ok(
            deliver_order::run(ctx.data_unchecked::<Shop>(), staff, key, command)
                .await?
                .into(),
        )
    }
}
