//! Staff hands an order to a carrier.

use database::idempotency::Once;
use fault::Fault;
use orders_domain::Parcel;
use serde::Serialize;
use uuid::Uuid;

use super::{
    move_order::{Move, MoveAnswer, text},
    shop::Shop,
};

/// What left, and with whom.
#[derive(Debug, Serialize)]
pub(crate) struct Input {
    pub(crate) order_id: Uuid,
    pub(crate) carrier: Option<String>,
    pub(crate) tracking_number: Option<String>,
    pub(crate) if_version: Option<i64>,
}

/// PAID → SHIPPED. `staff` is who does it; whether they may is checked before.
pub(crate) async fn run(
    shop: &Shop,
    staff: Uuid,
    key: Option<Uuid>,
    input: Input,
) -> Result<MoveAnswer, Fault> {
    let one = Move {
        shop,
        once: Once::new(staff.to_string(), "shipOrder", key, &input),
        order_id: input.order_id,
        if_version: input.if_version,
        visible: &|_| true,
    };
    one.run(|order| {
        let parcel = Parcel {
            carrier: text("carrier", input.carrier.as_deref(), 100)?,
            tracking: text("trackingNumber", input.tracking_number.as_deref(), 100)?,
        };
        Ok(order.ship(shop.clock.now(), parcel))
    })
    .await
}
