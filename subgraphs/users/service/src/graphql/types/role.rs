//! Roles.

use async_graphql::Enum;
use serde::{Deserialize, Serialize};

/// What a user is to the shop. A user can have several roles; each allows more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize, Deserialize)]
#[graphql(remote = "identity::Role")]
pub(crate) enum Role {
    /// Buys. Everybody who registers is a customer.
    Customer,
    /// Runs the shop. Allows `catalog:write`, `inventory:write`, `orders:manage` and `payments:manage`.
    Staff,
    /// Also decides who is staff. Allows everything of STAFF and `users:manage`.
    Admin,
}
