//! Money that goes back.

use async_graphql::{Enum, ID, SimpleObject};
use clock::Timestamp;
use fault::Fault;
use payments_domain::{RefundReason, RefundState};
use serving::graphql::{DateTime, Money, global_id};

use crate::{store::rows, tables::refunds};

/// One refund of a payment.
#[derive(Debug, SimpleObject)]
pub(crate) struct Refund {
    /// Its id.
    id: ID,
    /// What goes back.
    amount: Money,
    /// Why.
    reason: PaymentRefundReason,
    /// Where it stands.
    status: RefundStatus,
    /// When it was decided.
    requested_at: DateTime,
    /// When it last changed.
    updated_at: DateTime,
}

/// Where a refund stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "RefundState")]
pub(crate) enum RefundStatus {
    /// Decided; the provider has not answered yet.
    Requested,
    /// The provider works on it.
    Pending,
    /// The money went back.
    Succeeded,
    /// The provider could not give it back.
    Failed,
}

/// Why money goes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "RefundReason")]
pub(crate) enum PaymentRefundReason {
    /// Its order had ended: expired or cancelled.
    OrderEnded,
    /// The staff decided so.
    Staff,
    /// It was refunded at the provider itself.
    AtProvider,
}

impl Refund {
    pub(crate) fn read(row: refunds::Model) -> Result<Self, Fault> {
        let (requested_at, updated_at) = (row.requested_at, row.updated_at);
        let refund = rows::refund(row)?;
        Ok(Self {
            id: global_id::encode("Refund", refund.id),
            amount: refund.amount.into(),
            reason: refund.reason.into(),
            status: refund.state.into(),
            requested_at: Timestamp::from_millis(requested_at).into(),
            updated_at: Timestamp::from_millis(updated_at).into(),
        })
    }
}
