//! The statuses of a payment.

use async_graphql::Enum;
use payments_domain::Status;

/// Where a payment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(crate) enum PaymentStatus {
    /// The order waits for its payment; call `createPayment`.
    Requested,
    /// Open: confirm it with a payment method.
    Created,
    /// The customer has to do something first; see `nextAction`.
    RequiresAction,
    /// The provider works on it; success or failure will follow.
    Processing,
    /// The money is captured.
    Succeeded,
    /// Given up before any money moved, because the order has ended.
    Cancelled,
}

impl From<&Status> for PaymentStatus {
    fn from(status: &Status) -> Self {
        match status {
            Status::Requested => Self::Requested,
            Status::Created { .. } => Self::Created,
            Status::RequiresAction { .. } => Self::RequiresAction,
            Status::Processing { .. } => Self::Processing,
            Status::Succeeded { .. } => Self::Succeeded,
            Status::Cancelled { .. } => Self::Cancelled,
        }
    }
}
