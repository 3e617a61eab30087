//! An order has arrived.

use database::idempotency::Once;
use fault::Fault;
use serde::Serialize;
use uuid::Uuid;

use super::{
    move_order::{Move, MoveAnswer},
    shop::Shop,
};

/// What arrived.
#[derive(Debug, Serialize)]
pub(crate) struct Input {
    pub(crate) order_id: Uuid,
    pub(crate) if_version: Option<i64>,
}

/// SHIPPED → DELIVERED. `staff` is who says so; whether they may is checked before.
pub(crate) async fn run(
    shop: &Shop,
    staff: Uuid,
    key: Option<Uuid>,
    input: Input,
) -> Result<MoveAnswer, Fault> {
    let one = Move {
        shop,
        once: Once::new(staff.to_string(), "deliverOrder", key, &input),
        order_id: input.order_id,
        if_version: input.if_version,
        visible: &|_| true,
    };
    one.run(|order| Ok(order.deliver(shop.clock.now()))).await
}
