//! This subgraph's own settings; `config.default.toml` holds the defaults and says what each one does.

use std::time::Duration;

use serde::Deserialize;
use serving::StartError;

/// The section `[products]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How much longer than an order asks for its stock is kept, in seconds.
    pub reservation_grace_seconds: u64,
    /// How often reservations are looked through for those whose time is over, in seconds.
    pub sweep_seconds: u64,
    /// How long staff may hold stock at most, in seconds.
    pub longest_hold_seconds: u64,
    /// The least pause between two commits of the search index, in milliseconds.
    pub search_commit_millis: u64,
    /// How much memory indexing may use, in megabytes.
    pub search_memory_megabytes: usize,
    /// The limits between the price ranges that search counts, in minor units, ascending.
    pub search_price_steps: Vec<i64>,
    /// How long a browser may keep an image, in seconds.
    pub media_max_age_seconds: u64,
}

impl Config {
    /// Refuses settings that cannot work, saying the mend.
    pub(crate) fn check(&self) -> Result<(), StartError> {
        let wrong = |text: &str| Err(StartError::Setting(format!("products: {text}")));
        if self.sweep_seconds == 0 {
            return wrong("`sweep_seconds` must be at least 1");
        }
        if !(15..=4_000).contains(&self.search_memory_megabytes) {
            return wrong("`search_memory_megabytes` must be 15 to 4000");
        }
        if !self
            .search_price_steps
            .windows(2)
            .all(|pair| pair[0] < pair[1])
        {
            return wrong("`search_price_steps` must be ascending");
        }
        Ok(())
    }

    pub(crate) fn grace(&self) -> Duration {
        Duration::from_secs(self.reservation_grace_seconds)
    }

    pub(crate) fn commit_pause(&self) -> Duration {
        Duration::from_millis(self.search_commit_millis)
    }
}
