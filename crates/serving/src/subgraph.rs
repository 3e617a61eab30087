//! What a subgraph is.

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use async_graphql::{Executor, Request};
use async_trait::async_trait;
use clock::Clock;
use database::{Database, DatabaseError};
use fault::Fault;
use identity::Verifier;
use messaging::{Handler, Subscriber};
use sea_orm_migration::MigratorTrait;
use serde::{Serialize, Serializer, de::DeserializeOwned, ser::SerializeStruct};
use tokio_util::sync::CancellationToken;

use crate::{Caller, Job};

/// What start-up hands to a subgraph.
#[derive(Clone)]
pub struct Parts {
    /// Its own database, migrated.
    pub database: Database,
    /// Time, ids and chance.
    pub clock: Clock,
    /// Verifies access tokens.
    pub verifier: Arc<Verifier>,
    /// Where its metrics are registered.
    pub registry: prometheus::Registry,
    /// A folder of its own for files that are no database: keys, a search index.
    pub data: PathBuf,
    /// Whether clients are answered here. A worker answers none, and needs no secret that only answers need.
    pub answers: bool,
    /// Cancelled when the process is to end; streams end with GOING_AWAY then.
    pub shutdown: CancellationToken,
}

/// Why a subgraph could not start; the message says the mend.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A setting is wrong.
    #[error("{0}")]
    Setting(String),
    /// The database failed.
    #[error("the database of {subgraph} failed: {source}")]
    Database {
        /// Whose.
        subgraph: &'static str,
        /// How.
        source: DatabaseError,
    },
    /// Something else failed: a port, a file, an index.
    #[error("{what}: {source}")]
    Other {
        /// What was being done.
        what: String,
        /// How it failed.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl StartError {
    /// `what` was being done and failed with `source`.
    pub fn other(
        what: impl Into<String>,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Other {
            what: what.into(),
            source: source.into(),
        }
    }
}

/// One thing `emporium doctor` or `/health/ready` looked at. As JSON `{"name": …, "ok": …, "says": …}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What was looked at.
    pub name: String,
    /// Ok with what was found, or Err with what is wrong and how to mend it.
    pub outcome: Result<String, String>,
}

impl Serialize for Check {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (Ok(says) | Err(says)) = &self.outcome;
        let mut object = serializer.serialize_struct("Check", 3)?;
        object.serialize_field("name", &self.name)?;
        object.serialize_field("ok", &self.outcome.is_ok())?;
        object.serialize_field("says", says)?;
        object.end()
    }
}

/// A domain of the shop: its own schema, database, events and jobs. The trait keeps all subgraphs alike.
#[async_trait]
pub trait Subgraph: Sized + Send + Sync + 'static {
    /// Its name: plural noun, package, database, topic prefix and section of the configuration.
    const NAME: &'static str;
    /// Its `config.default.toml`.
    const DEFAULTS: &'static str;
    /// Its own keys of the configuration.
    type Config: DeserializeOwned + Send + Sync + 'static;
    /// Its executable schema.
    type Schema: Executor;
    /// Brings its database up to date.
    type Migrator: MigratorTrait;

    /// Its schema in the federation's form, as committed in `schema/<name>.graphql`.
    fn sdl() -> String;

    /// Refuses values that cannot work, saying the mend; asked before anything is opened, and again at the start.
    fn check(config: &Self::Config) -> Result<(), StartError>;

    /// Checks `config` and wires the subgraph; the database is migrated already.
    async fn start(config: Self::Config, parts: Parts) -> Result<Self, StartError>;

    /// The executable schema.
    fn schema(&self) -> &Self::Schema;

    /// The same schema for documents that it found valid before; it may leave their validation out.
    fn trusting_schema(&self) -> &Self::Schema {
        self.schema()
    }

    /// Adds to an operation what its resolvers need beside [`Caller`] and [`identity::Viewer`]: fresh loaders, above all.
    fn prepare(&self, request: Request, caller: &Caller) -> Request;

    /// Handlers of the events it consumes.
    fn handlers(&self) -> Vec<Box<dyn Handler>>;

    /// Whoever takes events in under a watermark of its own and not under the inbox: a search index.
    fn subscribers(&self) -> Vec<Arc<dyn Subscriber>> {
        Vec::new()
    }

    /// Whoever wants to hear of events in every process that answers clients, each time and not just once in all of them:
    /// live streams, caches. What was missed while a process was away is not told.
    fn listeners(&self) -> Vec<Arc<dyn Subscriber>> {
        Vec::new()
    }

    /// What it does by the clock.
    fn jobs(&self) -> Vec<Job>;

    /// What it serves beside GraphQL, under the paths that the router forwards: webhooks, media, keys. A handler finds
    /// the client's address in the header [`crate::CLIENT_ADDRESS`].
    fn routes(&self) -> axum::Router {
        axum::Router::new()
    }

    /// Told the address it is served at once it listens.
    fn listening(&self, _address: SocketAddr) {}

    /// Appends a snapshot event for each aggregate of the topic `aggregate` (such as `products.catalog`) and tells
    /// `progress` how many are done. Returns how many there were; a topic without snapshots is the caller's error.
    async fn republish(
        &self,
        aggregate: &str,
        progress: &(dyn Fn(u64) + Send + Sync),
    ) -> Result<u64, Fault>;

    /// Looks at everything it depends on beside its database: it is not ready while one of these is not well.
    async fn checks(&self) -> Vec<Check> {
        Vec::new()
    }

    /// Looks at what it can do without for a while: for operators, and no reason not to be ready.
    async fn side_checks(&self) -> Vec<Check> {
        Vec::new()
    }
}
