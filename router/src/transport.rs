//! How operations reach the subgraphs.

use std::{collections::BTreeMap, net::IpAddr, sync::Arc, time::Instant};

use bytes::Bytes;
use futures::future::BoxFuture;
/// A value of hive-router's. The fields of an object are in the order of their names.
pub use hive_router::executor::response::value::Value as Data;

/// Where subgraphs are, by name: the URL of each one's GraphQL endpoint, such as
/// `http://127.0.0.1:4101/graphql`. WebSockets for subscriptions are opened at the same address.
pub type SubgraphUrls = BTreeMap<String, String>;

/// Where the replicas of subgraphs are, by the subgraph's name: the address of each one, such as
/// `http://orders-1:4103`. GraphQL is at `/graphql` below it. A name with several addresses stands for a replica at each.
pub type SubgraphReplicas = BTreeMap<String, Vec<String>>;

/// How operations reach the subgraphs.
#[derive(Clone)]
pub enum Transport {
    /// Queries, mutations and entity joins are calls in this process. Subscriptions go to the
    /// URLs, which this process serves on loopback.
    InProcess {
        /// Runs operations.
        subgraphs: Arc<dyn InProcess>,
        /// Where each subgraph is served on loopback.
        loopback: SubgraphUrls,
    },
    /// Everything goes over the network, balanced over the replicas of each subgraph.
    Http(SubgraphReplicas),
}

/// Subgraphs in this process.
pub trait InProcess: Send + Sync + 'static {
    /// Runs one query or mutation and gives the GraphQL response. It is polled in the context of the main runtime, so it may
    /// spawn and wait there.
    fn execute<'a>(
        &'a self,
        subgraph: &'a str,
        request: SubgraphRequest<'a>,
    ) -> BoxFuture<'a, SubgraphAnswer>;
}

/// A subgraph's GraphQL response.
#[derive(Debug)]
pub enum SubgraphAnswer {
    /// As JSON, errors included.
    Json(Bytes),
    /// Its data, when there is nothing else to say. Nobody writes JSON then that would be read a moment later.
    Data(Data<'static>),
}

impl From<Bytes> for SubgraphAnswer {
    fn from(json: Bytes) -> Self {
        Self::Json(json)
    }
}

/// One query or mutation for a subgraph.
#[derive(Debug)]
pub struct SubgraphRequest<'a> {
    /// The GraphQL document.
    pub query: &'a str,
    /// Which of its operations; there is only one.
    pub operation_name: Option<&'a str>,
    /// The variables, as a JSON object.
    pub variables: Bytes,
    /// The client's `Authorization` header. The subgraph verifies it itself.
    pub authorization: Option<&'a str>,
    /// The client's address.
    pub client_address: IpAddr,
    /// The W3C trace context of this call.
    pub traceparent: Option<String>,
    /// When the router stops waiting.
    pub deadline: Instant,
}
