//! The order is paid: what it was promised is deducted.

use async_trait::async_trait;
use database::Tx;
use events::{Envelope, Event, orders, products::ReservedLine};
use messaging::{Handler, HandlerError};

use crate::{app::Shop, commands::commit_reservation};

pub(crate) struct OrderPaid(pub(crate) Shop);

#[async_trait]
impl Handler for OrderPaid {
    fn name(&self) -> &'static str {
        "products.commit_stock"
    }

    fn event_type(&self) -> &'static str {
        orders::OrderPaid::TYPE
    }

    async fn handle(&self, tx: &Tx, event: &Envelope) -> Result<(), HandlerError> {
        let event: orders::OrderPaid = event.parse()?;
        let lines = event
            .lines
            .into_iter()
            .map(|line| ReservedLine {
                line_id: line.line_id,
                variant_id: line.variant_id,
                quantity: line.quantity,
            })
            .collect();
        Ok(commit_reservation::apply(&self.0, tx, event.order_id, lines).await?)
    }
}
