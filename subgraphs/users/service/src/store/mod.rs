//! Rows to domain types and back, one file an aggregate: functions over a transaction or a reader.
//! Never here: opening a transaction, deciding, announcing.

pub(crate) mod accounts;
pub(crate) mod addresses;
pub(crate) mod roles;
pub(crate) mod sessions;
