//! Money that goes back.

use money::Money;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Why money goes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundReason {
    /// Its order had ended.
    OrderEnded,
    /// The staff decided so.
    Staff,
    /// Somebody refunded it at the provider.
    AtProvider,
}

/// Where a refund stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundState {
    /// Decided; the provider has not answered yet.
    Requested,
    /// The provider works on it.
    Pending,
    /// The money went back. Final.
    Succeeded,
    /// The provider could not give it back. Final; another refund may follow.
    Failed,
}

impl RefundState {
    /// Whether the provider never changes it again. (A refund that succeeded may still fail at the bank.)
    pub fn is_settled(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed)
    }
}

/// One refund of a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// Which refund.
    pub id: Uuid,
    /// Its place among the refunds of its payment, from 1; the provider's idempotency key is made of it.
    pub number: u32,
    /// What goes back.
    pub amount: Money,
    /// Why.
    pub reason: RefundReason,
    /// Where it stands.
    pub state: RefundState,
    /// The provider's id, once it is known.
    pub provider_id: Option<String>,
}

/// A refund as the provider showed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundView {
    /// The provider's id.
    pub provider_id: String,
    /// Our id, when the refund is ours.
    pub ours: Option<Uuid>,
    /// What goes back, in minor units.
    pub units: i64,
    /// Where it stands; never `Requested`.
    pub state: RefundState,
}

/// Why nothing can be refunded now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum RefundRefused {
    /// No money was captured.
    #[error("nothing was captured, so nothing can be refunded")]
    NothingCaptured,
    /// All of it went back, or is on its way.
    #[error("everything that was captured went back or is on its way back")]
    AlreadyRefunded,
}
