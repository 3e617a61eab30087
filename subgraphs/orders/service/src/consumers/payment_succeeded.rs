//! The money for an order has arrived.

use async_trait::async_trait;
use database::Tx;
use events::{Envelope, Event, payments::PaymentSucceeded};
use messaging::{Handler, HandlerError};

use crate::commands::{
    pay_order::{self, PayError},
    shop::Shop,
};

/// See the module.
pub(crate) struct OnPaymentSucceeded(pub(crate) Shop);

#[async_trait]
impl Handler for OnPaymentSucceeded {
    fn name(&self) -> &'static str {
        "orders.payment_succeeded"
    }

    fn event_type(&self) -> &'static str {
        PaymentSucceeded::TYPE
    }

    async fn handle(&self, tx: &Tx, event: &Envelope) -> Result<(), HandlerError> {
        let event: PaymentSucceeded = event.parse()?;
        match pay_order::apply(tx, &self.0, event.order_id, event.payment_id, event.amount).await {
            Ok(()) => Ok(()),
            Err(PayError::Database(error)) => Err(error.into()),
            Err(wrong) => Err(HandlerError::park(wrong)),
        }
    }
}
