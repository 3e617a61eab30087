//! Refusals that a shopper or a storefront can act on.

use async_graphql::{Enum, Interface, SimpleObject};
use payments_domain::{AttemptRefused, Failure, RefundRefused};
use serving::graphql::{IdempotencyConflict, InvalidInput};

use crate::commands::create_payment::Refused;

/// Why a mutation did not do what was asked. The concrete types say more.
#[derive(Debug, Interface)]
#[graphql(field(name = "message", ty = "String", desc = "What is wrong, in words."))]
pub(crate) enum UserError {
    InvalidInput(InvalidInput),
    IdempotencyConflict(IdempotencyConflict),
    PaymentDeclined(PaymentDeclined),
    PaymentNotPossible(PaymentNotPossible),
    RefundNotPossible(RefundNotPossible),
}

/// The attempt to pay failed. The payment stays open: try again, or with another payment method.
#[derive(Debug, SimpleObject)]
pub(crate) struct PaymentDeclined {
    /// What is wrong, in words for the customer.
    message: String,
    /// Stripe's code, such as `card_declined` or `expired_card`.
    code: String,
    /// The card issuer's reason, such as `insufficient_funds`.
    decline_code: Option<String>,
}

/// The payment cannot be made now, or no longer. Nothing was changed.
#[derive(Debug, SimpleObject)]
pub(crate) struct PaymentNotPossible {
    /// What is wrong, in words.
    message: String,
    /// Why.
    reason: PaymentNotPossibleReason,
}

/// Why a payment cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(crate) enum PaymentNotPossibleReason {
    /// Call `createPayment` first.
    NotCreated,
    /// Another attempt is under way; wait for its outcome.
    InProgress,
    /// The money is captured already.
    AlreadyPaid,
    /// The order has expired or was cancelled.
    Ended,
    /// The payment provider does not take it, such as an amount below its minimum.
    RefusedByProvider,
}

/// Nothing can be given back. Nothing was changed.
#[derive(Debug, SimpleObject)]
pub(crate) struct RefundNotPossible {
    /// What is wrong, in words.
    message: String,
    /// Why.
    reason: RefundNotPossibleReason,
}

/// Why nothing can be given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "RefundRefused")]
pub(crate) enum RefundNotPossibleReason {
    /// No money was captured.
    NothingCaptured,
    /// All of it went back, or is on its way.
    AlreadyRefunded,
}

impl UserError {
    pub(crate) fn key_conflict() -> Self {
        Self::IdempotencyConflict(IdempotencyConflict::new())
    }
}

impl From<AttemptRefused> for UserError {
    fn from(refused: AttemptRefused) -> Self {
        Self::PaymentNotPossible(PaymentNotPossible {
            message: refused.to_string(),
            reason: match refused {
                AttemptRefused::NotCreated => PaymentNotPossibleReason::NotCreated,
                AttemptRefused::InProgress => PaymentNotPossibleReason::InProgress,
                AttemptRefused::AlreadyPaid => PaymentNotPossibleReason::AlreadyPaid,
                AttemptRefused::Ended => PaymentNotPossibleReason::Ended,
            },
        })
    }
}

impl From<Refused> for UserError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::ByUs(refused) => refused.into(),
            Refused::ByProvider(message) => Self::PaymentNotPossible(PaymentNotPossible {
                message,
                reason: PaymentNotPossibleReason::RefusedByProvider,
            }),
        }
    }
}

impl From<RefundRefused> for UserError {
    fn from(refused: RefundRefused) -> Self {
        Self::RefundNotPossible(RefundNotPossible {
            message: refused.to_string(),
            reason: refused.into(),
        })
    }
}

impl From<Failure> for UserError {
    fn from(failure: Failure) -> Self {
        // What Stripe finds wrong with the payment method's id itself is the caller's input.
        if failure.code == "resource_missing" || failure.code.starts_with("parameter_") {
            return Self::InvalidInput(InvalidInput::at("paymentMethod", failure.message));
        }
        Self::PaymentDeclined(PaymentDeclined {
            message: failure.message,
            code: failure.code,
            decline_code: failure.decline_code,
        })
    }
}
