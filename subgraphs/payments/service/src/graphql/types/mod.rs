//! What clients see, one noun a file, made from domain values.

mod attempt;
mod order;
mod payment;
mod payment_connection;
mod payment_event;
mod payment_payload;
mod payment_status;
mod refund;
mod user_error;

pub(crate) use attempt::PaymentAttempt;
pub(crate) use order::Order;
pub(crate) use payment::Payment;
pub(crate) use payment_connection::PaymentConnection;
pub(crate) use payment_event::PaymentEvent;
pub(crate) use payment_payload::PaymentPayload;
pub(crate) use payment_status::PaymentStatus;
pub(crate) use refund::Refund;
pub(crate) use user_error::UserError;
