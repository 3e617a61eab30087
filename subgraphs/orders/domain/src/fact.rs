//! What an order can announce, and what is said with it.

use clock::Timestamp;
use money::Money;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One thing that happened to an order. Each one is one version of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum Fact {
    /// A cart became an order.
    Placed,
    /// All its stock is reserved.
    AwaitingPayment {
        /// Until when the money is waited for.
        deadline: Timestamp,
    },
    /// Its stock could not be reserved.
    Rejected {
        /// The lines that were short.
        shortages: Vec<Shortage>,
    },
    /// The bank takes its time.
    PaymentProcessing {
        /// The payment.
        payment_id: Uuid,
    },
    /// An attempt to pay was declined.
    PaymentFailed {
        /// The payment, which stays open for another attempt.
        payment_id: Uuid,
        /// The provider's code, such as `card_declined`.
        code: String,
    },
    /// The money has arrived.
    Paid {
        /// The payment.
        payment_id: Uuid,
    },
    /// The deadline has passed.
    Expired,
    /// It was called off.
    Cancelled(Cancellation),
    /// It left.
    Shipped(Parcel),
    /// It arrived.
    Delivered,
    /// Money went back.
    Refunded {
        /// How much this time.
        amount: Money,
    },
}

impl Fact {
    /// The name as it is stored: `payment_failed`.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Placed => "placed",
            Self::AwaitingPayment { .. } => "awaiting_payment",
            Self::Rejected { .. } => "rejected",
            Self::PaymentProcessing { .. } => "payment_processing",
            Self::PaymentFailed { .. } => "payment_failed",
            Self::Paid { .. } => "paid",
            Self::Expired => "expired",
            Self::Cancelled(_) => "cancelled",
            Self::Shipped(_) => "shipped",
            Self::Delivered => "delivered",
            Self::Refunded { .. } => "refunded",
        }
    }
}

/// A line for which there was not enough.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shortage {
    /// The line.
    pub line_id: Uuid,
    /// The variant of the line.
    pub variant_id: Uuid,
    /// How many were asked for.
    pub requested: u32,
    /// How many were left.
    pub available: u32,
}

/// Who called an order off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Canceller {
    /// The customer.
    Customer,
    /// Somebody of the shop.
    Staff,
    /// The shop itself, because the stock was gone when the money came.
    System,
}

/// How an order was called off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancellation {
    /// By whom.
    pub by: Canceller,
    /// Why, in words.
    pub reason: String,
    /// What is owed back: the whole total when it had been paid, else nothing.
    pub refund: Option<Money>,
    /// When.
    pub cancelled_at: Timestamp,
}

/// What carries an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parcel {
    /// The carrier's name.
    pub carrier: Option<String>,
    /// The carrier's number for it.
    pub tracking: Option<String>,
}
