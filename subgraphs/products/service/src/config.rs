//! This subgraph's own settings; `config.default.toml` holds the defaults and says what each one does.

use std::{path::PathBuf, time::Duration};

use serde::Deserialize;
use serving::{StartError, config::Secret};

use crate::adapters::search::Access;

/// The section `[products]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How much longer than an order asks for its stock is kept, in seconds.
    pub reservation_grace_seconds: u64,
    /// How often reservations are looked through for those whose time is over, in seconds.
    pub sweep_seconds: u64,
    /// Staff are told when so few or fewer of a new variant are available; -1 for never.
    pub low_stock: i64,
    /// How long staff may hold stock at most, in seconds.
    pub longest_hold_seconds: u64,
    /// The least pause between two commits of the search index, in milliseconds.
    pub search_commit_millis: u64,
    /// How much memory indexing may use, in megabytes.
    pub search_memory_megabytes: usize,
    /// The limits between the price ranges that search counts, in minor units, ascending.
    pub search_price_steps: Vec<i64>,
    /// Where Elasticsearch is; empty for the built-in search.
    pub elasticsearch_url: String,
    /// Who searches and indexes there; empty for nobody in particular.
    pub elasticsearch_username: String,
    /// That user's password.
    pub elasticsearch_password: Secret,
    /// Certificates in PEM that may sign the server's; empty for those known to everybody.
    pub elasticsearch_ca_file: PathBuf,
    /// The alias that is searched, and the beginning of the names of all indices.
    pub elasticsearch_index: String,
    /// How long a search may take, in milliseconds.
    pub elasticsearch_timeout_ms: u64,
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
        if !(-1..=products_domain::MAX_ON_HAND).contains(&self.low_stock) {
            return wrong("`low_stock` must be -1 or more");
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
        let url = self.elasticsearch_url.as_str();
        if !url.is_empty() && !url.starts_with("http://") && !url.starts_with("https://") {
            return wrong("`elasticsearch_url` must be such as https://search:9200");
        }
        if self.elasticsearch_timeout_ms == 0 {
            return wrong("`elasticsearch_timeout_ms` must be at least 1");
        }
        let index = self.elasticsearch_index.as_str();
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
        if !index.starts_with(|c: char| c.is_ascii_lowercase())
            || !index.chars().all(plain)
            || index.len() > 200
        {
            return wrong("`elasticsearch_index` takes a-z, 0-9, `-`, `_` and `.`, a letter first");
        }
        Ok(())
    }

    /// The threshold of new variants.
    pub(crate) fn low_stock(&self) -> Option<i64> {
        (self.low_stock >= 0).then_some(self.low_stock)
    }

    pub(crate) fn grace(&self) -> Duration {
        Duration::from_secs(self.reservation_grace_seconds)
    }

    /// How to reach Elasticsearch; none when search is built in.
    pub(crate) fn elasticsearch(&self) -> Option<Access> {
        let ca_file = &self.elasticsearch_ca_file;
        (!self.elasticsearch_url.is_empty()).then(|| Access {
            url: self.elasticsearch_url.clone(),
            username: self.elasticsearch_username.clone(),
            password: self.elasticsearch_password.clone(),
            ca_file: (!ca_file.as_os_str().is_empty()).then(|| ca_file.clone()),
            index: self.elasticsearch_index.clone(),
            patience: Duration::from_millis(self.elasticsearch_timeout_ms),
        })
    }

    pub(crate) fn commit_pause(&self) -> Duration {
        Duration::from_millis(self.search_commit_millis)
    }
}
