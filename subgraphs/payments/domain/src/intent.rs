//! The provider's view of one payment intent.

use serde::{Deserialize, Serialize};

/// Why an attempt failed, in the provider's words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Tells this failure from every other one of the same intent.
    pub reference: String,
    /// Such as `card_declined`.
    pub code: String,
    /// The card issuer's reason, such as `insufficient_funds`.
    pub decline_code: Option<String>,
    /// May be shown to the customer.
    pub message: String,
}

/// How an intent stands at the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IntentState {
    /// It waits for a payment method; the last attempt, if there was one, failed.
    Open {
        /// Why the last attempt failed.
        failure: Option<Failure>,
    },
    /// The customer has to do something first, such as to authenticate.
    RequiresAction {
        /// Where they do it.
        url: Option<String>,
    },
    /// The provider works on it.
    Processing,
    /// The money is captured. Final.
    Succeeded,
    /// No money moved and none will. Final.
    Cancelled,
}

impl IntentState {
    /// Whether the provider never changes it again.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Succeeded | Self::Cancelled)
    }
}

/// An intent as the provider showed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntentView {
    /// The provider's id of the intent.
    pub id: String,
    /// How it stands.
    pub state: IntentState,
}
