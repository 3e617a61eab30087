//! The stock of an order is reserved: it waits for money until its deadline, set in the database's own time.

use database::{DatabaseError, Tx};
use uuid::Uuid;

use super::{shop::Shop, step};

/// PENDING → AWAITING_PAYMENT.
pub(crate) async fn apply(tx: &Tx, shop: &Shop, order_id: Uuid) -> Result<(), DatabaseError> {
    let deadline = tx.now().await?.plus(shop.settings.deadline);
    step::follow(tx, shop, order_id, |order| order.await_payment(deadline)).await
}
