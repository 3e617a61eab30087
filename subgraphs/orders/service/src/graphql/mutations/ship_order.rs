//! `shipOrder`

use async_graphql::{Context, ID, InputObject, Object};
use fault::Fault;
use identity::{Scope, Viewer};
use serving::graphql::global_id;

use super::input;
use crate::{
    commands::{ship_order, shop::Shop},
    graphql::types::OrderPayload,
};

/// What left, and with whom.
#[derive(InputObject)]
struct ShipOrderInput {
    /// The order.
    order_id: ID,
    /// The carrier's name, at most 100 characters.
    carrier: Option<String>,
    /// The carrier's number to follow it by, at most 100 characters.
    tracking_number: Option<String>,
    /// Only if the order is still at this version.
    if_version: Option<i32>,
    /// A UUID: the same request under the same key takes effect once.
    idempotency_key: Option<String>,
}

#[derive(Default)]
pub(super) struct ShipOrder;

#[Object]
impl ShipOrder {
    /// A paid order left with a carrier. For staff (`orders:manage`).
    #[graphql(requires_scopes = "orders:manage")]
    async fn ship_order(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What left, and with whom.")] input: ShipOrderInput,
    ) -> Result<OrderPayload, Fault> {
        let staff = ctx
            .data_unchecked::<Viewer>()
            .require(Scope::OrdersManage)?
            .id;
        let key = input::key(input.idempotency_key.as_deref())?;
        let command = ship_order::Input {
            order_id: global_id::decode("Order", &input.order_id)?,
            carrier: input.carrier,
            tracking_number: input.tracking_number,
            if_version: input::version(input.if_version),
        };
        Ok(
            ship_order::run(ctx.data_unchecked::<Shop>(), staff, key, command)
                .await?
                .into(),
        )
    }
}
