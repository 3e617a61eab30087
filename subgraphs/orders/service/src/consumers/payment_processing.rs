//! The bank takes its time over an attempt to pay.

use async_trait::async_trait;
use database::Tx;
use events::{Envelope, Event, payments::PaymentProcessing};
use messaging::{Handler, HandlerError};

use crate::commands::{record_attempt, shop::Shop};

/// See the module.
pub(crate) struct OnPaymentProcessing(pub(crate) Shop);

#[async_trait]
impl Handler for OnPaymentProcessing {
    fn name(&self) -> &'static str {
        "orders.payment_processing"
    }

    fn event_type(&self) -> &'static str {
        PaymentProcessing::TYPE
    }

    async fn handle(&self, tx: &Tx, event: &Envelope) -> Result<(), HandlerError> {
        let event: PaymentProcessing = event.parse()?;
        Ok(record_attempt::processing(tx, &self.0, event.order_id, event.payment_id).await?)
    }
}
