//! Rows to domain and back, one file an aggregate: functions over a transaction or a reader. Never here:
//! a pool, a decision, an event.

pub(crate) mod codes;
pub(crate) mod history;
pub(crate) mod payments;
pub(crate) mod provider_events;
pub(crate) mod rows;
