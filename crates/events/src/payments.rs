//! What payments announces, on `payments.payments`; the aggregate is the payment.

use money::Money;
use uuid::Uuid;

use crate::envelope::events;

/// The topic of payments.
pub const PAYMENTS: &str = "payments.payments";

events! { "payments.payments":
    /// A payment is open at the provider.
    PaymentCreated = "payment.created.v1" {
        /// Which payment.
        payment_id: Uuid,
        /// For which order.
        order_id: Uuid,
        /// What is to be paid.
        amount: Money,
    }
    /// The provider works on it; success or failure will follow.
    PaymentProcessing = "payment.processing.v1" {
        /// Which payment.
        payment_id: Uuid,
        /// For which order.
        order_id: Uuid,
    }
    /// The money is captured.
    PaymentSucceeded = "payment.succeeded.v1" {
        /// Which payment.
        payment_id: Uuid,
        /// For which order.
        order_id: Uuid,
        /// What was captured.
        amount: Money,
    }
    /// An attempt was declined; another one may follow.
    PaymentFailed = "payment.failed.v1" {
        /// Which payment.
        payment_id: Uuid,
        /// For which order.
        order_id: Uuid,
        /// Which attempt, from 1.
        attempt: u32,
        /// The provider's code, such as `card_declined`.
        code: String,
    }
    /// The payment was given up before any money moved.
    PaymentCancelled = "payment.cancelled.v1" {
        /// Which payment.
        payment_id: Uuid,
        /// For which order.
        order_id: Uuid,
    }
    /// Captured money went back.
    PaymentRefunded = "payment.refunded.v1" {
        /// Which payment.
        payment_id: Uuid,
        /// For which order.
        order_id: Uuid,
        /// Which refund.
        refund_id: Uuid,
        /// What went back this time.
        amount: Money,
        /// What went back in all.
        total_refunded: Money,
    }
}
