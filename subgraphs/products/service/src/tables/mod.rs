//! The rows as they are stored, one file a table. Never here: rules or queries.
#![expect(
    unreachable_pub,
    reason = "the code that SeaORM derives is public, and so must be what it names"
)]

pub(crate) mod categories;
pub(crate) mod product_categories;
pub(crate) mod products;
pub(crate) mod removed_products;
pub(crate) mod reservations;
pub(crate) mod stock;
pub(crate) mod stock_ledger;
pub(crate) mod variants;
