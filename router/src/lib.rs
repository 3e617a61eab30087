#![doc = include_str!("../README.md")]
// ntex describes a server as one deeply nested type.
#![recursion_limit = "256"]

mod address;
mod assets;
mod bodies;
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
mod rates;
mod routes;
mod run;
mod settings;
mod stream;
mod transport;
mod websocket;

pub use address::{Network, NotANetwork};
pub use config::{
    Breaker, Caches, Cors, DEFAULTS, Limits, Proxies, Rates, RouterConfig, Subscriptions, Timeouts,
};
pub use routes::{ClientAddress, Readiness, Route, RouteHandler};
pub use run::{Parts, RouterError, Running, run};
pub use transport::{InProcess, SubgraphRequest, SubgraphUrls, Transport};
