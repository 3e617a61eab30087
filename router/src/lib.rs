#![doc = include_str!("../README.md")]
// ntex describes a server as one deeply nested type.
#![recursion_limit = "256"]

mod address;
mod assets;
mod bodies;
mod cache;
mod caller;
mod config;
mod documents;
mod door;
mod engine;
mod executor;
mod faults;
mod graphql;
mod guards;
mod guests;
mod hooks;
mod lease;
mod metrics;
mod names;
mod news;
mod rates;
mod routes;
mod run;
mod settings;
mod shared;
mod stream;
mod tls;
mod transport;
mod upstream;
mod websocket;

pub use address::{Network, NotANetwork};
pub use config::{
    Breaker, CachePlace, Caches, Cors, DEFAULTS, Limits, Proxies, Rates, ResponseCacheConfig,
    RouterConfig, Subscriptions, Timeouts, Upstream,
};
pub use names::kept;
pub use news::News;
pub use routes::{ClientAddress, Readiness, Route, RouteHandler, RouteTarget};
pub use run::{Parts, RouterError, Running, run};
pub use shared::check_redis;
pub use transport::{
    Data, InProcess, SubgraphAnswer, SubgraphReplicas, SubgraphRequest, SubgraphUrls, Transport,
};
