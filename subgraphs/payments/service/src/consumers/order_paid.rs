//! `order.paid.v1`: the money is kept.

use std::sync::Arc;

use async_trait::async_trait;
use database::Tx;
use events::{Envelope, Event, orders::OrderPaid};
use messaging::{Handler, HandlerError};
use payments_domain::OrderOutcome;

use crate::{app::Tools, commands::hear_of_order};

pub(crate) struct OrderPaidHandler(pub(crate) Arc<Tools>);

#[async_trait]
impl Handler for OrderPaidHandler {
    fn name(&self) -> &'static str {
        "payments.keep"
    }

    fn event_type(&self) -> &'static str {
        OrderPaid::TYPE
    }

    async fn handle(&self, tx: &Tx, event: &Envelope) -> Result<(), HandlerError> {
        let order: OrderPaid = event.parse()?;
        Ok(hear_of_order::apply(&self.0, tx, order.order_id, OrderOutcome::Paid).await?)
    }
}
