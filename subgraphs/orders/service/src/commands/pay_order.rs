//! The money for an order has arrived. When the order has ended meanwhile it stays ended, and payments, which hears of that
//! end too, gives the money back.

use database::{DatabaseError, Tx};
use money::Money;
use uuid::Uuid;

use super::{shop::Shop, step};

/// Why money was not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PayError {
    /// The amount is not the order's total. Nobody can mend that but people.
    #[error("{paid} arrived for an order of {total}")]
    WrongAmount { paid: Money, total: Money },
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// AWAITING_PAYMENT → PAID.
pub(crate) async fn apply(
    tx: &Tx,
    shop: &Shop,
    order_id: Uuid,
    payment_id: Uuid,
    paid: Money,
) -> Result<(), PayError> {
    let mut wrong = None;
    step::follow(tx, shop, order_id, |order| {
        let total = order.totals.total;
        if paid != total {
            wrong = Some(PayError::WrongAmount { paid, total });
            return Err(format!("{paid} is not {total}"));
        }
        order
            .pay(shop.clock.now(), payment_id)
            .map_err(|refused| refused.to_string())
    })
    .await?;
    wrong.map_or(Ok(()), Err)
}
