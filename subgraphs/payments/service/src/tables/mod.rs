//! The rows as they are stored, one file a table. Never here: rules or queries.
#![expect(
    unreachable_pub,
    reason = "what SeaORM derives is public, so its model has to be"
)]

pub(crate) mod attempts;
pub(crate) mod payment_events;
pub(crate) mod payments;
pub(crate) mod provider_events;
pub(crate) mod refunds;
