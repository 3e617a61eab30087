//! What products does about events of others: parse, then call a command. Never here: rules.

mod order_cancelled;
mod order_expired;
mod order_paid;
mod order_placed;

pub(crate) use order_cancelled::OrderCancelled;
pub(crate) use order_expired::OrderExpired;
pub(crate) use order_paid::OrderPaid;
pub(crate) use order_placed::OrderPlaced;
