//! What is owed to the provider next.

use crate::{Attempt, OrderOutcome, Payment, Refund, RefundState, Status};

/// The one call to the provider that a payment needs next. It follows from the payment alone, so whoever
/// finds the payment after a crash goes on with the same call and the same idempotency key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// None.
    Rest,
    /// Create the intent, or find the one that was created.
    Create,
    /// Finish an attempt that was started.
    Confirm {
        /// The provider's id of the intent.
        intent: String,
        /// The attempt.
        attempt: Attempt,
    },
    /// Give the intent up: its order has ended.
    Cancel {
        /// The provider's id of the intent.
        intent: String,
    },
    /// Give the money back.
    Refund {
        /// The provider's id of the intent.
        intent: String,
        /// The refund.
        refund: Refund,
    },
    /// Ask how a refund went.
    AskRefund {
        /// The provider's id of the intent.
        intent: String,
        /// The refund.
        refund: Refund,
    },
    /// Ask how the intent stands.
    Ask {
        /// The provider's id of the intent.
        intent: String,
    },
}

impl Payment {
    /// What is owed to the provider next.
    pub fn next_step(&self) -> Step {
        let payment = self.snapshot();
        match &payment.status {
            Status::Requested if payment.asked => Step::Create,
            Status::Requested | Status::Cancelled { .. } => Step::Rest,
            // An intent that is being processed cannot be cancelled; it is asked about until it ends.
            Status::Processing { intent } => Step::Ask {
                intent: intent.clone(),
            },
            Status::Created { intent } | Status::RequiresAction { intent, .. } => {
                let intent = intent.clone();
                match (payment.order, &payment.attempt) {
                    (OrderOutcome::Ended, _) => Step::Cancel { intent },
                    (_, Some(attempt)) => Step::Confirm {
                        intent,
                        attempt: attempt.clone(),
                    },
                    (_, None) => Step::Ask { intent },
                }
            }
            Status::Succeeded { intent } => {
                let unsettled = payment
                    .refunds
                    .iter()
                    .find(|refund| !refund.state.is_settled());
                match unsettled.cloned() {
                    None => Step::Rest,
                    Some(refund) if refund.state == RefundState::Requested => Step::Refund {
                        intent: intent.clone(),
                        refund,
                    },
                    Some(refund) => Step::AskRefund {
                        intent: intent.clone(),
                        refund,
                    },
                }
            }
        }
    }
}
