//! Money of an order went back.

use async_trait::async_trait;
use database::Tx;
use events::{Envelope, Event, payments::PaymentRefunded};
use messaging::{Handler, HandlerError};

use crate::commands::{record_refund, shop::Shop};

/// See the module.
pub(crate) struct OnPaymentRefunded(pub(crate) Shop);

#[async_trait]
impl Handler for OnPaymentRefunded {
    fn name(&self) -> &'static str {
        "orders.payment_refunded"
    }

    fn event_type(&self) -> &'static str {
        PaymentRefunded::TYPE
    }

    async fn handle(&self, tx: &Tx, event: &Envelope) -> Result<(), HandlerError> {
        let event: PaymentRefunded = event.parse()?;
        Ok(record_refund::apply(tx, &self.0, event.order_id, event.total_refunded).await?)
    }
}
