//! `order.awaiting_payment.v1`: the order's payment begins.

use std::sync::Arc;

use async_trait::async_trait;
use database::Tx;
use events::{Envelope, Event, orders::OrderAwaitingPayment};
use messaging::{Handler, HandlerError};

use crate::{app::Tools, commands::open_payment};

pub(crate) struct OrderAwaitingPaymentHandler(pub(crate) Arc<Tools>);

#[async_trait]
impl Handler for OrderAwaitingPaymentHandler {
    fn name(&self) -> &'static str {
        "payments.open_payment"
    }

    fn event_type(&self) -> &'static str {
        OrderAwaitingPayment::TYPE
    }

    async fn handle(&self, tx: &Tx, event: &Envelope) -> Result<(), HandlerError> {
        let order: OrderAwaitingPayment = event.parse()?;
        let input = open_payment::Input {
            order_id: order.order_id,
            customer_id: order.customer_id,
            amount: order.total,
            deadline: order.deadline,
        };
        Ok(open_payment::apply(&self.0, tx, &input).await?)
    }
}
