//! The stock of an order was not enough: it is rejected, with its reasons.

use async_trait::async_trait;
use database::Tx;
use events::{
    Envelope, Event,
    products::{InventoryRejected, ShortLine},
};
use messaging::{Handler, HandlerError};
use orders_domain::Shortage;

use crate::commands::{reject_order, shop::Shop};

/// See the module.
pub(crate) struct OnInventoryRejected(pub(crate) Shop);

#[async_trait]
impl Handler for OnInventoryRejected {
    fn name(&self) -> &'static str {
        "orders.inventory_rejected"
    }

    fn event_type(&self) -> &'static str {
        InventoryRejected::TYPE
    }

    async fn handle(&self, tx: &Tx, event: &Envelope) -> Result<(), HandlerError> {
        let event: InventoryRejected = event.parse()?;
        let short = |line: ShortLine| Shortage {
            line_id: line.line_id,
            variant_id: line.variant_id,
            requested: line.requested,
            available: line.available,
        };
        let shortages = event.lines.into_iter().map(short).collect();
        Ok(reject_order::apply(tx, &self.0, event.order_id, shortages).await?)
    }
}
