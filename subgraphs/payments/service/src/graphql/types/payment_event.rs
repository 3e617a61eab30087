//! The history of a payment.

use async_graphql::SimpleObject;
use clock::Timestamp;
use serving::graphql::DateTime;

use crate::tables::payment_events;

/// Something that became of a payment.
#[derive(Debug, SimpleObject)]
pub(crate) struct PaymentEvent {
    /// Its place in the history: 1, 2, 3 … without a gap.
    sequence: i32,
    /// What it was, such as `payment.succeeded.v1`.
    kind: String,
    /// When.
    at: DateTime,
}

impl From<payment_events::Model> for PaymentEvent {
    fn from(row: payment_events::Model) -> Self {
        Self {
            sequence: i32::try_from(row.sequence).unwrap_or(i32::MAX),
            kind: row.kind,
            at: Timestamp::from_millis(row.at).into(),
        }
    }
}
