//! An order is called off: by its customer until it is shipped, by staff, or by the shop itself when the stock is gone.

use database::{DatabaseError, Tx, idempotency::Once};
use fault::Fault;
use identity::Viewer;
use orders_domain::Canceller;
use serde::Serialize;
use uuid::Uuid;

use super::{
    move_order::{Move, MoveAnswer, MoveRefusal, may_see, text},
    shop::Shop,
    step,
};

/// What to call off.
#[derive(Debug, Serialize)]
pub(crate) struct Input {
    pub(crate) order_id: Uuid,
    /// Why. Staff has to say it.
    pub(crate) reason: Option<String>,
    pub(crate) if_version: Option<i64>,
}

/// Cancels the order for its customer or for staff.
pub(crate) async fn run(
    shop: &Shop,
    viewer: &Viewer,
    key: Option<Uuid>,
    input: Input,
) -> Result<MoveAnswer, Fault> {
    let user = viewer.user()?.id;
    let one = Move {
        shop,
        once: Once::new(user.to_string(), "cancelOrder", key, &input),
        order_id: input.order_id,
        if_version: input.if_version,
        visible: &|order| may_see(viewer, order),
    };
    one.run(|order| {
        let by = if order.customer_id == user {
            Canceller::Customer
        } else {
            Canceller::Staff
        };
        let reason = match text("reason", input.reason.as_deref(), 500)? {
            Some(reason) => reason,
            None if by == Canceller::Customer => "the customer changed their mind".to_owned(),
            None => {
                let message = "say why the order is cancelled; the customer reads it".to_owned();
                return Err(MoveRefusal::Invalid {
                    path: "reason".to_owned(),
                    message,
                });
            }
        };
        Ok(order.cancel(shop.clock.now(), by, reason))
    })
    .await
}

/// Cancels a paid order of which the stock is gone.
pub(crate) async fn stock_lost(tx: &Tx, shop: &Shop, order_id: Uuid) -> Result<(), DatabaseError> {
    step::follow(tx, shop, order_id, |order| {
        let reason = "what you ordered was no longer in stock when your payment arrived".to_owned();
        order.cancel(shop.clock.now(), Canceller::System, reason)
    })
    .await
}
