//! Which settings there are.

use std::time::Duration;

use clock::Clock;
use database::{DatabaseConfig, Isolation, Synchronous, Tls};
use messaging::{KafkaConfig, MessagingConfig};
use router::RouterConfig;
use serde::Deserialize;
use serving::{
    Subgraph,
    config::{SettingError, Settings},
};
use telemetry::TelemetryConfig;

use crate::stripe;

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
    statement_timeout_ms: u64,
    lock_timeout_ms: u64,
    idle_in_transaction_timeout_ms: u64,
    test_after_idle_ms: u64,
    isolation: Isolation,
    tls: Tls,
    ca_file: std::path::PathBuf,
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
            statement_timeout_ms: self.statement_timeout_ms,
            lock_timeout_ms: self.lock_timeout_ms,
            idle_in_transaction_timeout_ms: self.idle_in_transaction_timeout_ms,
            test_after_idle_ms: self.test_after_idle_ms,
            isolation: self.isolation,
            tls: self.tls,
            ca_file: self.ca_file.clone(),
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
    pub(crate) profile: Profile,
    pub(crate) stripe_emulator_url: String,
    pub(crate) stripe_emulator_webhook: String,
    pub(crate) stripe_emulator_public_url: String,
    drain_delay_ms: u64,
    drain_ms: u64,
    pub(crate) clock_offset_seconds: i64,
}

/// What a shop whose roles run apart is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Profile {
    /// It sells in earnest.
    Production,
    /// It is tried out: nothing in it is worth anything.
    Development,
}

impl ShopSettings {
    /// The section `shop` of `settings`.
    pub(crate) fn of(settings: &Settings) -> Result<Self, SettingError> {
        settings.section("shop", SHOP_DEFAULTS)
    }

    /// The clock of this process.
    pub(crate) fn clock(&self) -> Clock {
        Clock::off_by(self.clock_offset_seconds.saturating_mul(1_000))
    }

    /// How long a role is not ready before it begins to end.
    pub(crate) fn drain_delay(&self) -> Duration {
        Duration::from_millis(self.drain_delay_ms)
    }

    /// How long requests under way may take then.
    pub(crate) fn drain(&self) -> Duration {
        Duration::from_millis(self.drain_ms)
    }
}

/// Every section that settings may have.
pub fn known_sections() -> &'static [&'static str] {
    &[
        "shop",
        "database",
        "messaging",
        "kafka",
        "telemetry",
        "router",
        "users",
        "products",
        "orders",
        "payments",
    ]
}

/// Every setting that cannot be: sections and keys that nobody knows, values of another form, and values that cannot work.
/// Nothing has been opened yet.
pub(crate) fn problems(settings: &Settings) -> Vec<String> {
    let mut problems = Vec::new();
    let mut note = |outcome: Result<(), String>| problems.extend(outcome.err());
    note(
        settings
            .only(known_sections())
            .map_err(|error| error.to_string()),
    );
    note(form(ShopSettings::of(settings)).map(drop));
    note(form(settings.section::<DatabaseSettings>("database", DATABASE_DEFAULTS)).map(drop));
    note(form(settings.section::<MessagingConfig>("messaging", messaging::DEFAULTS)).map(drop));
    note(form(settings.section::<TelemetryConfig>("telemetry", telemetry::DEFAULTS)).map(drop));
    note(
        form(settings.section::<KafkaConfig>("kafka", messaging::KAFKA_DEFAULTS))
            .and_then(|config| config.check().map_err(|error| error.to_string())),
    );
    note(
        form(settings.section::<RouterConfig>("router", router::DEFAULTS))
            .and_then(|config| config.complaint().map_or(Ok(()), Err)),
    );
    note(of::<users::Users>(settings));
    note(of::<products::Products>(settings));
    note(of::<orders::Orders>(settings));
    // Without a key payments will talk to the stand-in, whose keys are known.
    note(
        stripe::placeheld(settings)
            .map_err(|error| error.to_string())
            .and_then(|settings| of::<payments::Payments>(&settings)),
    );
    problems
}

/// Problems as a text for people.
pub(crate) fn told(problems: &[String]) -> String {
    match problems {
        [one] => one.clone(),
        several => {
            let lines: Vec<String> = several.iter().map(|one| format!("\n  - {one}")).collect();
            format!(
                "{} settings are in the way:{}",
                several.len(),
                lines.concat()
            )
        }
    }
}

fn form<T>(read: Result<T, SettingError>) -> Result<T, String> {
    read.map_err(|error| error.to_string())
}

fn of<S: Subgraph>(settings: &Settings) -> Result<(), String> {
    let config = form(settings.section::<S::Config>(S::NAME, S::DEFAULTS))?;
    S::check(&config).map_err(|error| error.to_string())
}
