//! An attempt to pay was declined.

use async_trait::async_trait;
use database::Tx;
use events::{Envelope, Event, payments::PaymentFailed};
use messaging::{Handler, HandlerError};

use crate::commands::{record_attempt, shop::Shop};

/// See the module.
pub(crate) struct OnPaymentFailed(pub(crate) Shop);

#[async_trait]
impl Handler for OnPaymentFailed {
    fn name(&self) -> &'static str {
        "orders.payment_failed"
    }

    fn event_type(&self) -> &'static str {
        PaymentFailed::TYPE
    }

    async fn handle(&self, tx: &Tx, event: &Envelope) -> Result<(), HandlerError> {
        let event: PaymentFailed = event.parse()?;
        Ok(
            record_attempt::failed(tx, &self.0, event.order_id, event.payment_id, event.code)
                .await?,
        )
    }
}
