//! Which settings there are.

use database::{DatabaseConfig, Synchronous};
use serde::Deserialize;

/// Defaults of the section `database`.
pub(crate) const DATABASE_DEFAULTS: &str = include_str!("../database.default.toml");

/// The section `database`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DatabaseSettings {
    users: String,
    products: String,
    orders: String,
    payments: String,
    readers: u32,
    writers: u32,
    acquire_timeout_ms: u64,
    synchronous: Synchronous,
}

impl DatabaseSettings {
    /// How to reach the database of `subgraph`; `file` is where it is when no URL is set.
    pub(crate) fn of(&self, subgraph: &str, file: &std::path::Path) -> DatabaseConfig {
        let url = match subgraph {
            "users" => &self.users,
            "products" => &self.products,
            "orders" => &self.orders,
            _ => &self.payments,
        };
        DatabaseConfig {
            url: if url.is_empty() { format!("sqlite:{}", file.display()) } else { url.clone() },
            readers: self.readers,
            writers: self.writers,
            acquire_timeout_ms: self.acquire_timeout_ms,
            synchronous: self.synchronous,
        }
    }
}

/// Defaults of the section `shop`.
pub(crate) const SHOP_DEFAULTS: &str = include_str!("../shop.default.toml");

/// The section `shop`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ShopSettings {
    pub(crate) reach: crate::front::Reach,
}

/// Every section that settings may have.
pub fn known_sections() -> &'static [&'static str] {
    &["shop", "database", "messaging", "telemetry", "router", "users", "products", "orders", "payments"]
}
