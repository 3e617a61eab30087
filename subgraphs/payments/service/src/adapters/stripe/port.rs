//! What payments asks of a provider, in the domain's terms.

use async_trait::async_trait;
use clock::Timestamp;
use money::Money;
use payments_domain::{IntentView, RefundView};
use uuid::Uuid;

/// A provider of payments.
#[async_trait]
pub trait Gateway: Send + Sync {
    /// Creates the intent of a payment.
    async fn create_intent(&self, new: &NewIntent) -> Result<Intent, GatewayError>;

    /// Looks for the intent of `payment_id` among those created since `since`.
    async fn find_intent(
        &self,
        payment_id: Uuid,
        since: Timestamp,
    ) -> Result<Option<Intent>, GatewayError>;

    /// Shows an intent.
    async fn retrieve_intent(&self, intent: &str) -> Result<Intent, GatewayError>;

    /// Confirms an intent with a payment method. A decline is no error: the view shows it.
    async fn confirm_intent(
        &self,
        intent: &str,
        method: &str,
        key: &str,
    ) -> Result<Intent, GatewayError>;

    /// Gives an intent up. When it can no longer be, the view shows why.
    async fn cancel_intent(&self, intent: &str, key: &str) -> Result<Intent, GatewayError>;

    /// Gives money back.
    async fn refund(&self, new: &NewRefund) -> Result<RefundView, GatewayError>;

    /// Shows the refunds of an intent, oldest first.
    async fn refunds(&self, intent: &str) -> Result<Vec<RefundView>, GatewayError>;

    /// Shows events that happened in this span of time and were never delivered, newest first, beginning
    /// after event `after`.
    async fn missed_events(
        &self,
        since: Timestamp,
        until: Timestamp,
        after: Option<&str>,
    ) -> Result<MissedEvents, GatewayError>;
}

/// An intent as a call to the provider showed it.
#[derive(Clone, Debug)]
pub struct Intent {
    /// How it stands.
    pub view: IntentView,
    /// Lets the customer's browser confirm it. Never stored, never logged.
    pub client_secret: Option<String>,
}

/// The intent to create.
#[derive(Clone, Debug)]
pub struct NewIntent {
    /// The payment that it is of.
    pub payment_id: Uuid,
    /// The order that is paid.
    pub order_id: Uuid,
    /// What is to be paid.
    pub amount: Money,
    /// The idempotency key.
    pub key: String,
}

/// The refund to make.
#[derive(Clone, Debug)]
pub struct NewRefund {
    /// The provider's id of the intent.
    pub intent: String,
    /// Our id of the refund.
    pub refund_id: Uuid,
    /// What goes back.
    pub amount: Money,
    /// The idempotency key.
    pub key: String,
}

/// Events that the provider could not deliver.
#[derive(Clone, Debug, Default)]
pub struct MissedEvents {
    pub(crate) events: Vec<MissedEvent>,
    pub(crate) more: bool,
}

/// An event that the provider could not deliver: what it is about, to be asked for.
#[derive(Clone, Debug)]
pub(crate) struct MissedEvent {
    pub(crate) id: String,
    pub(crate) kind: String,
    /// The provider's id of the intent that it concerns.
    pub(crate) intent: Option<String>,
    /// The payment that the intent is of, when it says so.
    pub(crate) payment_id: Option<Uuid>,
}

/// Why the provider gave no view.
#[derive(Clone, Debug, thiserror::Error)]
pub enum GatewayError {
    /// It does not answer, is overloaded, or broke. Nothing is known of what it did; try again.
    #[error("the payment provider is unavailable: {0}")]
    Unavailable(String),
    /// It refuses the request as it is.
    #[error("the payment provider refuses: {message} ({code})")]
    Refused {
        /// The provider's code, such as `resource_missing`.
        code: String,
        /// The provider's words.
        message: String,
    },
}
