//! One try to pay.

use serde::{Deserialize, Serialize};

use crate::Failure;

/// A try to pay that this side started and whose end it does not know yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Its place among the attempts of its payment, from 1.
    pub number: u32,
    /// The provider's id of the payment method.
    pub method: String,
}

/// How an attempt went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum AttemptOutcome {
    /// The money is captured.
    Succeeded,
    /// The customer has to do something first.
    RequiresAction,
    /// The provider works on it.
    Processing,
    /// Declined, or failed in another way.
    Failed(Failure),
    /// The payment was given up while it ran.
    Cancelled,
}

/// Why no attempt can be started now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum AttemptRefused {
    /// The payment is not created at the provider yet.
    #[error("create the payment first")]
    NotCreated,
    /// Another attempt is under way.
    #[error("another attempt to pay is under way; wait for its outcome")]
    InProgress,
    /// The money is captured already.
    #[error("this order is paid already")]
    AlreadyPaid,
    /// The payment or its order has ended.
    #[error("this order can no longer be paid")]
    Ended,
}
