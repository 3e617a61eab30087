//! A session was ended: its streams end with it.

use async_trait::async_trait;
use database::Tx;
use events::{Envelope, Event, users::SessionRevoked};
use messaging::{Handler, HandlerError};

use crate::commands::{revoke_session, shop::Shop};

/// See the module.
pub(crate) struct OnSessionRevoked(pub(crate) Shop);

#[async_trait]
impl Handler for OnSessionRevoked {
    fn name(&self) -> &'static str {
        "orders.session_revoked"
    }

    fn event_type(&self) -> &'static str {
        SessionRevoked::TYPE
    }

    async fn handle(&self, tx: &Tx, event: &Envelope) -> Result<(), HandlerError> {
        let event: SessionRevoked = event.parse()?;
        Ok(revoke_session::apply(tx, &self.0, event.session_id, event.until).await?)
    }
}
