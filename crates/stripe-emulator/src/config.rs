use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use crate::switches::Switches;

/// How an emulator is set up.
#[derive(Clone, Debug)]
pub struct EmulatorConfig {
    /// Address to listen on; port 0 picks a free one. Keep it on loopback: there is no TLS.
    pub listen: SocketAddr,
    /// Where a browser reaches it, such as `http://localhost:4110`, when that is not where it listens:
    /// the page of the customer's bank is there.
    pub public_url: Option<String>,
    /// The SQLite file that keeps everything; created when missing.
    pub file: PathBuf,
    /// The key that API calls present (`sk_test_…`).
    pub secret_key: String,
    /// The key that may retrieve and confirm a PaymentIntent with its client secret (`pk_test_…`).
    pub publishable_key: String,
    /// Signs webhooks (`whsec_…`).
    pub webhook_secret: String,
    /// Where webhooks go (`http://` only). Until it is set, events wait in the durable queue.
    pub webhook_url: Option<String>,
    /// Event types sent as webhooks, `*` for all. Other events can only be listed.
    pub webhook_events: Vec<String>,
    /// Webhook requests under way at a time.
    pub webhook_concurrency: usize,
    /// How long an endpoint may take to answer.
    pub webhook_timeout: Duration,
    /// When an undelivered webhook is tried again.
    pub retry: RetrySchedule,
    /// How long a delayed payment method (bank debits) stays `processing`.
    pub settle_after: Duration,
    /// Disturbances in force from the start.
    pub switches: Switches,
}

impl EmulatorConfig {
    /// A configuration for local use: a free loopback port, quick retries, no disturbance.
    pub fn new(
        file: impl Into<PathBuf>,
        secret_key: impl Into<String>,
        publishable_key: impl Into<String>,
        webhook_secret: impl Into<String>,
    ) -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            public_url: None,
            file: file.into(),
            secret_key: secret_key.into(),
            publishable_key: publishable_key.into(),
            webhook_secret: webhook_secret.into(),
            webhook_url: None,
            webhook_events: vec!["*".to_owned()],
            webhook_concurrency: 16,
            webhook_timeout: Duration::from_secs(10),
            retry: RetrySchedule::default(),
            settle_after: Duration::from_secs(3),
            switches: Switches::default(),
        }
    }
}

/// Exponential backoff of undelivered webhooks, as Stripe does it, scaled for local use.
#[derive(Clone, Copy, Debug)]
pub struct RetrySchedule {
    /// Wait before the second attempt; each further wait is twice as long.
    pub first: Duration,
    /// The longest wait.
    pub longest: Duration,
    /// Age of an event at which it is given up (Stripe: three days).
    pub give_up_after: Duration,
}

impl Default for RetrySchedule {
    fn default() -> Self {
        Self {
            first: Duration::from_millis(500),
            longest: Duration::from_secs(30),
            give_up_after: Duration::from_hours(72),
        }
    }
}

impl RetrySchedule {
    /// Milliseconds to wait after so many failed attempts (at least one).
    pub(crate) fn wait_ms(&self, attempts: u32) -> i64 {
        let doublings = attempts.saturating_sub(1).min(20);
        let wait = self.first.saturating_mul(1 << doublings).min(self.longest);
        crate::time::as_millis(wait)
    }
}
