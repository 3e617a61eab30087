//! The stock of an order could not be reserved.

use database::{DatabaseError, Tx};
use orders_domain::Shortage;
use uuid::Uuid;

use super::{shop::Shop, step};

/// PENDING → REJECTED.
pub(crate) async fn apply(
    tx: &Tx,
    shop: &Shop,
    order_id: Uuid,
    shortages: Vec<Shortage>,
) -> Result<(), DatabaseError> {
    step::follow(tx, shop, order_id, |order| order.reject(shortages)).await
}
