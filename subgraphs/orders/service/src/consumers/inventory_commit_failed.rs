//! A paid order has no stock any more: it is cancelled, and its money goes back.

use async_trait::async_trait;
use database::Tx;
use events::{Envelope, Event, products::InventoryCommitFailed};
use messaging::{Handler, HandlerError};

use crate::commands::{cancel_order, shop::Shop};

/// See the module.
pub(crate) struct OnInventoryCommitFailed(pub(crate) Shop);

#[async_trait]
impl Handler for OnInventoryCommitFailed {
    fn name(&self) -> &'static str {
        "orders.inventory_commit_failed"
    }

    fn event_type(&self) -> &'static str {
        InventoryCommitFailed::TYPE
    }

    async fn handle(&self, tx: &Tx, event: &Envelope) -> Result<(), HandlerError> {
        let event: InventoryCommitFailed = event.parse()?;
        Ok(cancel_order::stock_lost(tx, &self.0, event.order_id).await?)
    }
}
