//! One try to pay.

use async_graphql::{Enum, SimpleObject};
use clock::Timestamp;
use serving::graphql::DateTime;

use crate::tables::attempts;

/// One try to pay.
#[derive(Debug, SimpleObject)]
pub(crate) struct PaymentAttempt {
    /// Its place among the attempts, from 1.
    number: i32,
    /// How it went.
    outcome: PaymentAttemptOutcome,
    /// Why it failed, as Stripe's code, such as `card_declined`.
    code: Option<String>,
    /// The card issuer's reason, such as `insufficient_funds`.
    decline_code: Option<String>,
    /// Why it failed, in words for the customer.
    message: Option<String>,
    /// When it began.
    started_at: DateTime,
    /// When it came to this outcome; null while it runs.
    ended_at: Option<DateTime>,
}

/// How an attempt went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(crate) enum PaymentAttemptOutcome {
    /// It is under way.
    Running,
    /// The customer has to do something first.
    RequiresAction,
    /// The provider works on it.
    Processing,
    /// The money is captured.
    Succeeded,
    /// Declined, or failed in another way; `code` says why.
    Failed,
    /// The payment was given up while it ran.
    Cancelled,
}

impl From<attempts::Model> for PaymentAttempt {
    fn from(row: attempts::Model) -> Self {
        Self {
            number: i32::try_from(row.number).unwrap_or(i32::MAX),
            outcome: match row.outcome.as_str() {
                "running" => PaymentAttemptOutcome::Running,
                "requires_action" => PaymentAttemptOutcome::RequiresAction,
                "processing" => PaymentAttemptOutcome::Processing,
                "succeeded" => PaymentAttemptOutcome::Succeeded,
                "cancelled" => PaymentAttemptOutcome::Cancelled,
                _ => PaymentAttemptOutcome::Failed,
            },
            code: row.code,
            decline_code: row.decline_code,
            message: row.message,
            started_at: Timestamp::from_millis(row.started_at).into(),
            ended_at: row.ended_at.map(|at| Timestamp::from_millis(at).into()),
        }
    }
}
