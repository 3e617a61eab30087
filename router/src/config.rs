//! The router's settings.

use std::{net::SocketAddr, time::Duration};

use serde::Deserialize;
use serving::config::Secret;

use crate::{address::Network, transport::SubgraphReplicas};

/// The compiled-in defaults, every key commented.
pub const DEFAULTS: &str = include_str!("../config.default.toml");

/// Settings of the router; `config.default.toml` says what each one means.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RouterConfig {
    /// Where clients come in.
    pub listen: SocketAddr,
    /// Threads that serve clients; 0 takes one for each core.
    pub workers: usize,
    /// Whether clients may read the schema.
    pub introspection: bool,
    /// The certificate chain for TLS to clients, PEM; empty for none.
    pub tls_certificate_file: String,
    /// Its private key, PEM.
    pub tls_key_file: String,
    /// Seconds for which browsers remember to come by TLS alone; 0 says nothing to them.
    pub hsts_seconds: u64,
    /// The Redis that routers share budgets and cached answers in; empty for none.
    pub redis_url: Secret,
    /// The certificate authority of Redis, PEM; empty for the public ones.
    pub redis_ca_file: String,
    /// How long Redis may take before memory is used in its place, in milliseconds.
    pub redis_timeout_ms: u64,
    /// Where the subgraphs' replicas are, when the router runs apart from them.
    pub subgraphs: SubgraphReplicas,
    /// How replicas are called.
    pub upstream: Upstream,
    /// Answers that are kept.
    pub response_cache: ResponseCacheConfig,
    /// Bounds on one request.
    pub limits: Limits,
    /// Bounds on many requests.
    pub rates: Rates,
    /// Whose word about the client's address counts.
    pub proxies: Proxies,
    /// Which pages may call.
    pub cors: Cors,
    /// How long things may take.
    pub timeouts: Timeouts,
    /// Streams to clients.
    pub subscriptions: Subscriptions,
    /// What is kept of operations seen before.
    pub caches: Caches,
    /// When a failing subgraph is left alone for a while.
    pub breaker: Breaker,
}

/// Bounds on one request.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Bytes of a request body.
    pub max_body_bytes: usize,
    /// Bytes of all headers together.
    pub max_header_bytes: usize,
    /// Nesting of selections.
    pub max_depth: usize,
    /// Aliases in an operation.
    pub max_aliases: usize,
    /// Directives in an operation.
    pub max_directives: usize,
    /// Tokens in an operation.
    pub max_tokens: usize,
    /// Selections in a document, fragments written out.
    pub max_selections: usize,
    /// Estimated cost of an operation.
    pub max_cost: u64,
    /// Assumed length of a list without `@listSize`.
    pub assumed_list_size: usize,
}

/// Bounds on many requests.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rates {
    /// Whether requests are counted at all.
    pub enabled: bool,
    /// Operations at once from one address.
    pub address_burst: u32,
    /// Operations a second from one address.
    pub address_per_second: u32,
    /// Operations at once of one user.
    pub user_burst: u32,
    /// Operations a second of one user.
    pub user_per_second: u32,
    /// Addresses and users that are remembered.
    pub tracked: u64,
}

/// Whose word about the client's address counts.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proxies {
    /// Proxies whose X-Forwarded-For is believed.
    pub trusted: Vec<Network>,
}

/// Which pages may call.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cors {
    /// Allowed origins.
    pub origins: Vec<String>,
    /// Whether pages on localhost are allowed, on any port.
    pub localhost: bool,
    /// Seconds for which a browser remembers.
    pub max_age_seconds: u64,
}

/// How long things may take, in milliseconds.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timeouts {
    /// A whole request.
    pub request_ms: u64,
    /// One call to a subgraph.
    pub subgraph_ms: u64,
    /// Until connection_init.
    pub handshake_ms: u64,
    /// An idle connection.
    pub keep_alive_ms: u64,
    /// Requests under way at the end.
    pub drain_ms: u64,
    /// Between not being ready any more and the begin of the drain.
    pub drain_delay_ms: u64,
}

/// Streams to clients.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subscriptions {
    /// WebSockets and event streams in all.
    pub max_clients: usize,
    /// The same from one address.
    pub max_clients_per_address: usize,
    /// Operations on one WebSocket.
    pub max_operations: usize,
    /// Bytes of a message from a client.
    pub max_message_bytes: usize,
    /// Events that wait for a client.
    pub queue: usize,
    /// Events that wait for the router.
    pub upstream_queue: usize,
    /// Between signs of life, in milliseconds.
    pub heartbeat_ms: u64,
    /// Until a client that takes nothing is let go, in milliseconds.
    pub stalled_ms: u64,
}

/// How replicas of subgraphs are called over the network.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upstream {
    /// Calls at once to one subgraph.
    pub max_in_flight: usize,
    /// Until a connection must stand, in milliseconds.
    pub connect_ms: u64,
    /// Between two looks at a replica's readiness, and the time each may take, in milliseconds.
    pub probe_ms: u64,
    /// Between two look-ups of names, in milliseconds.
    pub resolve_ms: u64,
    /// The largest answer, in bytes.
    pub max_answer_bytes: usize,
}

/// Where answers to public catalogue reads are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CachePlace {
    /// Nowhere.
    None,
    /// In this process.
    Memory,
    /// In Redis, for all routers.
    Redis,
}

/// Answers to public catalogue reads that are kept.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResponseCacheConfig {
    /// Where.
    pub place: CachePlace,
    /// For how long at most, in milliseconds.
    pub ttl_ms: u64,
    /// Bytes of all answers in memory.
    pub max_bytes: u64,
    /// Bytes of one answer.
    pub max_entry_bytes: usize,
}

/// What is kept of operations seen before.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Caches {
    /// Entries of each cache.
    pub operations: u64,
}

/// When a failing subgraph is left alone for a while.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Breaker {
    /// Whether there is one.
    pub enabled: bool,
    /// Failures, in per cent.
    pub error_percent: u8,
    /// Calls that must have been made.
    pub volume: usize,
    /// Until the next try, in milliseconds.
    pub reset_ms: u64,
}

impl RouterConfig {
    /// What is wrong with the settings, and the mend.
    pub fn complaint(&self) -> Option<String> {
        let positive = [
            ("limits.max_body_bytes", self.limits.max_body_bytes),
            ("limits.max_header_bytes", self.limits.max_header_bytes),
            ("limits.max_depth", self.limits.max_depth),
            ("limits.max_tokens", self.limits.max_tokens),
            ("subscriptions.max_clients", self.subscriptions.max_clients),
            (
                "subscriptions.max_operations",
                self.subscriptions.max_operations,
            ),
            (
                "subscriptions.max_message_bytes",
                self.subscriptions.max_message_bytes,
            ),
            ("subscriptions.queue", self.subscriptions.queue),
            ("upstream.max_in_flight", self.upstream.max_in_flight),
            (
                "subscriptions.upstream_queue",
                self.subscriptions.upstream_queue,
            ),
        ];
        if let Some((key, _)) = positive.iter().find(|(_, value)| *value == 0) {
            return Some(format!("`router.{key}` must be at least 1"));
        }
        let rates = &self.rates;
        if rates.enabled
            && [
                rates.address_burst,
                rates.address_per_second,
                rates.user_burst,
                rates.user_per_second,
            ]
            .contains(&0)
        {
            return Some(
                "the numbers in `router.rates` must be at least 1; to stop counting set `router.rates.enabled` to false"
                    .to_owned(),
            );
        }
        if self.breaker.error_percent > 100 {
            return Some("`router.breaker.error_percent` is a percentage: at most 100".to_owned());
        }
        if self.tls_certificate_file.is_empty() != self.tls_key_file.is_empty() {
            return Some(
                "`router.tls_certificate_file` and `router.tls_key_file` are set together or not at all"
                    .to_owned(),
            );
        }
        (self.response_cache.place == CachePlace::Redis && self.redis_url.is_empty()).then(|| {
            "`router.response_cache.place` is \"redis\", so `router.redis_url` must be set"
                .to_owned()
        })
    }
}

/// Milliseconds as a duration.
pub(crate) const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}
