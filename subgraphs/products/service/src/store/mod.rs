//! Rows to domain types and back, one file an aggregate: functions over a transaction or a reader.
//! Never here: opening a transaction, deciding, announcing.

pub(crate) mod catalogue;
pub(crate) mod categories;
pub(crate) mod changes;
pub(crate) mod ledger;
mod product_rows;
pub(crate) mod products;
pub(crate) mod rebuilds;
pub(crate) mod reservations;
pub(crate) mod stock;
pub(crate) mod variants;
