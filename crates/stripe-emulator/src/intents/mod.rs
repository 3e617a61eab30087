//! PaymentIntents: what may be asked of them and how they move from state to state.
//! Nothing here knows of HTTP; parameters arrive validated.

mod attempt;
mod cancel;
mod change;
mod confirm;
mod create;
mod settle;

pub(crate) use cancel::{cancel, cancellation};
pub(crate) use change::{IntentChanges, update};
pub(crate) use confirm::{Confirmation, confirm};
pub(crate) use create::{NewIntent, create};
pub(crate) use settle::{authenticate, settle_due};
