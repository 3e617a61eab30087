//! `order.cancelled.v1`: the intent is cancelled, or captured money goes back.

use std::sync::Arc;

use async_trait::async_trait;
use database::Tx;
use events::{Envelope, Event, orders::OrderCancelled};
use messaging::{Handler, HandlerError};
use payments_domain::OrderOutcome;

use crate::{app::Tools, commands::hear_of_order};

pub(crate) struct OrderCancelledHandler(pub(crate) Arc<Tools>);

#[async_trait]
impl Handler for OrderCancelledHandler {
    fn name(&self) -> &'static str {
        "payments.close_cancelled"
    }

    fn event_type(&self) -> &'static str {
        OrderCancelled::TYPE
    }

    async fn handle(&self, tx: &Tx, event: &Envelope) -> Result<(), HandlerError> {
        let order: OrderCancelled = event.parse()?;
        Ok(hear_of_order::apply(&self.0, tx, order.order_id, OrderOutcome::Ended).await?)
    }
}
