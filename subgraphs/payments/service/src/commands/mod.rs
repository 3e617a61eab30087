//! One file a verb: load, decide, save, announce, commit. Only commands open transactions; calls to the provider
//! are made between two of them.

pub(crate) mod advance;
pub(crate) mod catch_up;
pub(crate) mod confirm_payment;
pub(crate) mod create_payment;
pub(crate) mod forget;
pub(crate) mod hear_of_order;
pub(crate) mod open_payment;
pub(crate) mod reconcile;
mod record;
pub(crate) mod refund_payment;
pub(crate) mod take_notice;
