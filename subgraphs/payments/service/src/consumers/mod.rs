//! What payments does about events of orders, one file an event. Never here: a decision.

mod arrivals;
mod order_awaiting_payment;
mod order_cancelled;
mod order_expired;
mod order_paid;

pub(crate) use arrivals::Arrivals;
pub(crate) use order_awaiting_payment::OrderAwaitingPaymentHandler;
pub(crate) use order_cancelled::OrderCancelledHandler;
pub(crate) use order_expired::OrderExpiredHandler;
pub(crate) use order_paid::OrderPaidHandler;
