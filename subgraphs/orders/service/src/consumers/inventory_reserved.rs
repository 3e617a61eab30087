//! The stock of an order is reserved: it can be paid.

use async_trait::async_trait;
use database::Tx;
use events::{Envelope, Event, products::InventoryReserved};
use messaging::{Handler, HandlerError};

use crate::commands::{await_payment, shop::Shop};

/// See the module.
pub(crate) struct OnInventoryReserved(pub(crate) Shop);

#[async_trait]
impl Handler for OnInventoryReserved {
    fn name(&self) -> &'static str {
        "orders.inventory_reserved"
    }

    fn event_type(&self) -> &'static str {
        InventoryReserved::TYPE
    }

    async fn handle(&self, tx: &Tx, event: &Envelope) -> Result<(), HandlerError> {
        let event: InventoryReserved = event.parse()?;
        Ok(await_payment::apply(tx, &self.0, event.order_id).await?)
    }
}
