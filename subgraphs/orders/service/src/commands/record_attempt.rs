//! News of an attempt to pay. The order goes on waiting.

use database::{DatabaseError, Tx};
use uuid::Uuid;

use super::{shop::Shop, step};

/// The bank takes its time.
pub(crate) async fn processing(
    tx: &Tx,
    shop: &Shop,
    order_id: Uuid,
    payment_id: Uuid,
) -> Result<(), DatabaseError> {
    step::follow(tx, shop, order_id, |order| {
        order.payment_processing(payment_id)
    })
    .await
}

/// The attempt was declined.
pub(crate) async fn failed(
    tx: &Tx,
    shop: &Shop,
    order_id: Uuid,
    payment_id: Uuid,
    code: String,
) -> Result<(), DatabaseError> {
    step::follow(tx, shop, order_id, |order| {
        order.payment_failed(payment_id, code)
    })
    .await
}
