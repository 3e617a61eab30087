//! SeaORM models, one a table. Rules and conversions are never here: see `store`.
#![expect(
    unreachable_pub,
    reason = "the code that SeaORM derives is public, and so must be what it names"
)]

pub(crate) mod cart_lines;
pub(crate) mod carts;
pub(crate) mod offer_stock;
pub(crate) mod offers;
pub(crate) mod order_events;
pub(crate) mod order_lines;
pub(crate) mod orders;
pub(crate) mod revoked_sessions;
