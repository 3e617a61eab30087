//! What orders announces, on `orders.orders`; the aggregate is the order and the sequence its version.

use clock::Timestamp;
use money::Money;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{envelope::events, products::ShortLine};

/// The topic of orders.
pub const ORDERS: &str = "orders.orders";

/// One line of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderedLine {
    /// The line.
    pub line_id: Uuid,
    /// What was ordered.
    pub variant_id: Uuid,
    /// How many.
    pub quantity: u32,
    /// What one costs.
    pub unit_price: Money,
}

/// Why an order was cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CancelReason {
    /// The customer changed their mind.
    Customer,
    /// The staff cancelled it.
    Staff,
    /// It was paid, but its stock was gone.
    StockLost,
}

events! { "orders.orders":
    /// A cart became an order, PENDING until its stock is reserved.
    OrderPlaced = "order.placed.v1" {
        /// Which order.
        order_id: Uuid,
        /// Its number for people.
        number: String,
        /// Who placed it.
        customer_id: Uuid,
        /// What is to be paid in all.
        total: Money,
        /// Its lines.
        lines: Vec<OrderedLine>,
        /// The stock should be kept at least this long, in milliseconds.
        hold_millis: i64,
    }
    /// The stock is reserved; the order can be paid until its deadline.
    OrderAwaitingPayment = "order.awaiting_payment.v1" {
        /// Which order.
        order_id: Uuid,
        /// Its number for people.
        number: String,
        /// Who is to pay.
        customer_id: Uuid,
        /// What is to be paid in all.
        total: Money,
        /// Until when it can be paid.
        deadline: Timestamp,
    }
    /// The stock was not enough; the order has ended.
    OrderRejected = "order.rejected.v1" {
        /// Which order.
        order_id: Uuid,
        /// Who placed it.
        customer_id: Uuid,
        /// The lines that fell short.
        reasons: Vec<ShortLine>,
    }
    /// An attempt to pay was declined; the order can still be paid.
    OrderPaymentFailed = "order.payment_failed.v1" {
        /// Which order.
        order_id: Uuid,
        /// Who is to pay.
        customer_id: Uuid,
        /// The payment that was tried.
        payment_id: Uuid,
        /// The provider's code, such as `card_declined`.
        code: String,
    }
    /// The provider is still working on the payment.
    OrderPaymentProcessing = "order.payment_processing.v1" {
        /// Which order.
        order_id: Uuid,
        /// Who is to pay.
        customer_id: Uuid,
        /// The payment.
        payment_id: Uuid,
    }
    /// The order is paid.
    OrderPaid = "order.paid.v1" {
        /// Which order.
        order_id: Uuid,
        /// Its number for people.
        number: String,
        /// Who paid.
        customer_id: Uuid,
        /// By which payment.
        payment_id: Uuid,
        /// What was paid.
        total: Money,
        /// Its lines.
        lines: Vec<OrderedLine>,
    }
    /// Nobody paid before the deadline; the order has ended.
    OrderExpired = "order.expired.v1" {
        /// Which order.
        order_id: Uuid,
        /// Who placed it.
        customer_id: Uuid,
    }
    /// The order was cancelled and has ended; whatever was paid goes back in full.
    OrderCancelled = "order.cancelled.v1" {
        /// Which order.
        order_id: Uuid,
        /// Who placed it.
        customer_id: Uuid,
        /// Why.
        reason: CancelReason,
        /// Whether it had been paid.
        was_paid: bool,
    }
    /// The order is on its way.
    OrderShipped = "order.shipped.v1" {
        /// Which order.
        order_id: Uuid,
        /// Who placed it.
        customer_id: Uuid,
        /// The carrier's number to follow it by.
        tracking_number: Option<String>,
    }
    /// The order has arrived.
    OrderDelivered = "order.delivered.v1" {
        /// Which order.
        order_id: Uuid,
        /// Who placed it.
        customer_id: Uuid,
    }
    /// Money of the order went back.
    OrderRefunded = "order.refunded.v1" {
        /// Which order.
        order_id: Uuid,
        /// Who gets it.
        customer_id: Uuid,
        /// What went back this time.
        amount: Money,
        /// What went back in all.
        total_refunded: Money,
    }
}
