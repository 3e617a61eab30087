//! What a cart or an order comes to.

use async_graphql::SimpleObject;
use serving::graphql::Money;

/// What a cart or an order comes to. `total` is exactly the sum of the three others.
#[derive(Debug, SimpleObject)]
pub(crate) struct Totals {
    /// All lines together.
    subtotal: Money,
    /// Shipping.
    shipping: Money,
    /// Tax on the lines and on shipping.
    tax: Money,
    /// What there is to pay.
    total: Money,
}

impl From<orders_domain::Totals> for Totals {
    fn from(totals: orders_domain::Totals) -> Self {
        Self {
            subtotal: totals.subtotal.into(),
            shipping: totals.shipping.into(),
            tax: totals.tax.into(),
            total: totals.total.into(),
        }
    }
}
