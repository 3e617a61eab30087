//! Nobody paid in time: what the order was promised goes back.

use async_trait::async_trait;
use database::Tx;
use events::{Envelope, Event, orders};
use messaging::{Handler, HandlerError};

use crate::{app::Shop, commands::release_reservation};

pub(crate) struct OrderExpired(pub(crate) Shop);

#[async_trait]
impl Handler for OrderExpired {
    fn name(&self) -> &'static str {
        "products.release_expired"
    }

    fn event_type(&self) -> &'static str {
        orders::OrderExpired::TYPE
    }

    async fn handle(&self, tx: &Tx, event: &Envelope) -> Result<(), HandlerError> {
        let event: orders::OrderExpired = event.parse()?;
        Ok(release_reservation::apply(&self.0, tx, event.order_id).await?)
    }
}
