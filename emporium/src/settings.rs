//! Which settings there are.

use database::{DatabaseConfig, Synchronous};
use messaging::MessagingConfig;
use router::RouterConfig;
use serde::Deserialize;
use serving::{
    Subgraph,
    config::{SettingError, Settings},
};
use telemetry::TelemetryConfig;

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
            url: if url.is_empty() {
                format!("sqlite:{}", file.display())
            } else {
                url.clone()
            },
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
    pub(crate) demo: bool,
    pub(crate) reach: crate::front::Reach,
}

/// Every section that settings may have.
pub fn known_sections() -> &'static [&'static str] {
    &[
        "shop",
        "database",
        "messaging",
        "telemetry",
        "router",
        "users",
        "products",
        "orders",
        "payments",
    ]
}

/// Refuses sections and keys that nobody knows, and values of another form, before anything is opened.
pub(crate) fn check(settings: &Settings) -> Result<(), SettingError> {
    settings.only(known_sections())?;
    settings.section::<ShopSettings>("shop", SHOP_DEFAULTS)?;
    settings.section::<DatabaseSettings>("database", DATABASE_DEFAULTS)?;
    settings.section::<MessagingConfig>("messaging", messaging::DEFAULTS)?;
    settings.section::<TelemetryConfig>("telemetry", telemetry::DEFAULTS)?;
    settings.section::<RouterConfig>("router", router::DEFAULTS)?;
    of::<users::Users>(settings)?;
    of::<products::Products>(settings)?;
    of::<orders::Orders>(settings)?;
    of::<payments::Payments>(settings)
}

fn of<S: Subgraph>(settings: &Settings) -> Result<(), SettingError> {
    settings
        .section::<S::Config>(S::NAME, S::DEFAULTS)
        .map(drop)
}
