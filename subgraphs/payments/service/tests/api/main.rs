//! The graph of payments, the events it consumes and Stripe's webhooks, on a real database and against the
//! Stripe emulator; one file a root field, event or way in.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod confirm_payment;
mod create_payment;
mod entities;
mod my_payments;
mod order_awaiting_payment;
mod order_cancelled;
mod order_expired;
mod order_paid;
mod payment;
mod reconciler;
mod refund_payment;
mod refusals;
mod replicas;
mod rotation;
mod shop;
mod skew;
mod webhooks;
