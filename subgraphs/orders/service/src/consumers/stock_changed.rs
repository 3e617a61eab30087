//! The stock of a variant changed: the copy follows.

use async_trait::async_trait;
use database::Tx;
use events::{Envelope, Event, products::StockChanged};
use messaging::{Handler, HandlerError};

use crate::commands::take_stock;

/// See the module.
pub(crate) struct OnStockChanged;

#[async_trait]
impl Handler for OnStockChanged {
    fn name(&self) -> &'static str {
        "orders.stock_changed"
    }

    fn event_type(&self) -> &'static str {
        StockChanged::TYPE
    }

    async fn handle(&self, tx: &Tx, event: &Envelope) -> Result<(), HandlerError> {
        let event: StockChanged = event.parse()?;
        Ok(take_stock::apply(tx, event.variant_id, event.version, event.available).await?)
    }
}
