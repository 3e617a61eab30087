//! The keys of `[payments]`; `config.default.toml` beside Cargo.toml says what each one means.

use std::time::Duration;

use payments_domain::Backoff;
use serde::Deserialize;
use serving::{StartError, config::Secret};

/// Settings of payments.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where the provider's API is.
    pub api_url: String,
    /// The key for its API.
    pub secret_key: Secret,
    /// The key that browsers may know.
    pub publishable_key: String,
    /// What signs its webhooks; any of them is good.
    pub webhook_secrets: Vec<Secret>,
    /// Where customers come back to after an action at their bank.
    pub return_url: String,
    /// See config.default.toml.
    pub call_timeout_ms: u64,
    /// See config.default.toml.
    pub call_attempts: u32,
    /// See config.default.toml.
    pub call_backoff_ms: u64,
    /// See config.default.toml.
    pub call_concurrency: usize,
    /// See config.default.toml.
    pub breaker_failures: u32,
    /// See config.default.toml.
    pub breaker_rest_ms: u64,
    /// See config.default.toml.
    pub order_patience_ms: u64,
    /// See config.default.toml.
    pub reconcile_every_ms: u64,
    /// See config.default.toml.
    pub reconcile_concurrency: usize,
    /// See config.default.toml.
    pub reconcile_batch: u64,
    /// See config.default.toml.
    pub cut_off_after_ms: u64,
    /// See config.default.toml.
    pub ask_after_ms: u64,
    /// See config.default.toml.
    pub ask_longest_ms: u64,
    /// See config.default.toml.
    pub ask_before_deadline_ms: u64,
    /// See config.default.toml.
    pub attempt_tries: u32,
    /// See config.default.toml.
    pub missed_every_ms: u64,
    /// See config.default.toml.
    pub missed_after_ms: u64,
    /// See config.default.toml.
    pub missed_window_ms: u64,
    /// See config.default.toml.
    pub provider_events_kept_ms: u64,
}

impl Config {
    /// Says what is wrong with the settings and how to mend it.
    pub(crate) fn check(&self) -> Result<(), StartError> {
        let wrong = |mend: &str| Err(StartError::Setting(format!("[payments] {mend}")));
        if !self.secret_key.reveal().starts_with("sk_")
            && !self.secret_key.reveal().starts_with("rk_")
        {
            return wrong("`secret_key` must be a secret key of Stripe, such as sk_test_…");
        }
        if !self.publishable_key.starts_with("pk_") {
            return wrong(
                "`publishable_key` must be a publishable key of Stripe, such as pk_test_…",
            );
        }
        if self.webhook_secrets.is_empty() || self.webhook_secrets.iter().any(Secret::is_empty) {
            return wrong(
                "`webhook_secrets` must hold the signing secret of the webhook endpoint, such as [\"whsec_…\"]",
            );
        }
        if self.call_attempts == 0
            || self.call_concurrency == 0
            || self.reconcile_concurrency == 0
            || self.reconcile_batch == 0
        {
            return wrong(
                "`call_attempts`, `call_concurrency`, `reconcile_concurrency` and `reconcile_batch` must be at least 1",
            );
        }
        Ok(())
    }

    pub(crate) fn ask_backoff(&self) -> Backoff {
        Backoff {
            first: Duration::from_millis(self.ask_after_ms),
            longest: Duration::from_millis(self.ask_longest_ms),
        }
    }
}
