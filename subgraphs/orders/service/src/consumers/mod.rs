//! One file an event consumed: parse it, call a command. Decisions are never here.

mod inventory_commit_failed;
mod inventory_rejected;
mod inventory_reserved;
mod payment_failed;
mod payment_processing;
mod payment_refunded;
mod payment_succeeded;
mod product_changed;
mod session_revoked;
mod stock_changed;
mod watchers;

pub(crate) use inventory_commit_failed::OnInventoryCommitFailed;
pub(crate) use inventory_rejected::OnInventoryRejected;
pub(crate) use inventory_reserved::OnInventoryReserved;
pub(crate) use payment_failed::OnPaymentFailed;
pub(crate) use payment_processing::OnPaymentProcessing;
pub(crate) use payment_refunded::OnPaymentRefunded;
pub(crate) use payment_succeeded::OnPaymentSucceeded;
pub(crate) use product_changed::OnProductChanged;
pub(crate) use session_revoked::OnSessionRevoked;
pub(crate) use stock_changed::OnStockChanged;
pub(crate) use watchers::Watchers;
