//! What every mutation of a payment answers.

use async_graphql::SimpleObject;

use super::{Payment, UserError};

/// What came of a change to a payment.
#[derive(Debug, SimpleObject)]
pub(crate) struct PaymentPayload {
    /// The payment as it is now, whether it was changed or not.
    pub(crate) payment: Option<Payment>,
    /// Why the change was not made. Empty when it was.
    pub(crate) user_errors: Vec<UserError>,
    /// Whether this outcome was given before, under the same idempotency key.
    pub(crate) replayed: bool,
}

impl PaymentPayload {
    /// Nothing but this refusal.
    pub(crate) fn refused(error: UserError) -> Self {
        Self {
            payment: None,
            user_errors: vec![error],
            replayed: false,
        }
    }
}
