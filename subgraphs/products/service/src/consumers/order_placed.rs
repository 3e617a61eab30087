//! An order was placed: all of its lines are reserved, or none.

use std::time::Duration;

use async_trait::async_trait;
use database::Tx;
use events::{Envelope, Event, orders, products::ReservedLine};
use messaging::{Handler, HandlerError};

use crate::{app::Shop, commands::reserve_stock};

pub(crate) struct OrderPlaced(pub(crate) Shop);

#[async_trait]
impl Handler for OrderPlaced {
    fn name(&self) -> &'static str {
        "products.reserve_stock"
    }

    fn event_type(&self) -> &'static str {
        orders::OrderPlaced::TYPE
    }

    async fn handle(&self, tx: &Tx, event: &Envelope) -> Result<(), HandlerError> {
        let event: orders::OrderPlaced = event.parse()?;
        let lines = event
            .lines
            .into_iter()
            .map(|line| ReservedLine {
                line_id: line.line_id,
                variant_id: line.variant_id,
                quantity: line.quantity,
            })
            .collect();
        let hold = Duration::from_millis(u64::try_from(event.hold_millis).unwrap_or(0));
        Ok(reserve_stock::for_order(&self.0, tx, event.order_id, lines, hold).await?)
    }
}
