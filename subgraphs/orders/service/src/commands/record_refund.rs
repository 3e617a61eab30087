//! Money of an order went back.

use database::{DatabaseError, Tx};
use money::Money;
use uuid::Uuid;

use super::{shop::Shop, step};

/// Brings what was refunded up to `total_refunded`. Less than what is recorded is old news.
pub(crate) async fn apply(
    tx: &Tx,
    shop: &Shop,
    order_id: Uuid,
    total_refunded: Money,
) -> Result<(), DatabaseError> {
    step::follow(tx, shop, order_id, |order| {
        let amount = total_refunded
            .checked_sub(order.refunded)
            .map_err(|error| error.to_string())?;
        if amount.units() <= 0 {
            return Err("this refund is recorded already".to_owned());
        }
        order.refund(amount).map_err(|error| error.to_string())
    })
    .await
}
