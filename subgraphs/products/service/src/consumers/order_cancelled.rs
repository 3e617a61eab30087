//! The order ended: what it was promised, or had bought and was not sent, goes back.

use async_trait::async_trait;
use database::Tx;
use events::{Envelope, Event, orders};
use messaging::{Handler, HandlerError};

use crate::{app::Shop, commands::release_reservation};

pub(crate) struct OrderCancelled(pub(crate) Shop);

#[async_trait]
impl Handler for OrderCancelled {
    fn name(&self) -> &'static str {
        "products.release_cancelled"
    }

    fn event_type(&self) -> &'static str {
        orders::OrderCancelled::TYPE
    }

    async fn handle(&self, tx: &Tx, event: &Envelope) -> Result<(), HandlerError> {
        let event: orders::OrderCancelled = event.parse()?;
        Ok(release_reservation::apply(&self.0, tx, event.order_id).await?)
    }
}
