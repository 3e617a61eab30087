//! One subgraph on a database of its own.

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use async_graphql::{Data, Executor, Request, Variables};
use clock::Clock;
use database::{Database, DatabaseConfig};
use events::Envelope;
use futures::{StreamExt, stream::BoxStream};
use identity::{KeyRing, KeyRingSettings, Verifier, Viewer};
use sea_orm::{ConnectionTrait, sea_query::Query as Sql};
use serde_json::Value;
use serving::{Call, Caller, Metrics, Parts, Served, Serving, Subgraph, config::Settings};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::{Answer, Plans};

/// Statements that mean to read all: how many there are, what a test looks at, and what is wanted at the start.
const READ_WHOLE: &[&str] = &["COUNT(", "\"outbox\"", "FROM \"revoked_sessions\""];

/// A subgraph that runs on a fresh database. Dropping it fails the test when it announced events that the test did
/// not look at with [`TestApp::events`], and on PostgreSQL when one of its statements is served by no index.
pub struct TestApp<S: Subgraph> {
    /// The subgraph.
    pub served: Served<S>,
    /// Its database.
    pub database: Database,
    /// Its clock.
    pub clock: Clock,
    /// Its keys and its verifier's.
    pub verifier: Arc<Verifier>,
    /// Cancelled to see how it shuts down.
    pub shutdown: CancellationToken,
    registry: prometheus::Registry,
    reach: DatabaseConfig,
    plans: Option<Plans>,
    folder: Arc<TempDir>,
}

impl<S: Subgraph> TestApp<S> {
    /// Starts it with its default settings.
    pub async fn start() -> Self {
        Self::start_with(Settings::default()).await
    }

    /// Starts it with other settings, such as `Settings::default().with("orders", "deadline_ms", 500)`.
    pub async fn start_with(settings: Settings) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let data = folder.path().to_owned();
        Self::start_in(Arc::new(folder), data, settings).await
    }

    async fn start_in(folder: Arc<TempDir>, data: PathBuf, settings: Settings) -> Self {
        let clock = Clock::system();
        let reach = crate::database_in::<S::Migrator>(folder.path(), S::NAME).await;
        let database = Database::connect(&reach, clock.clone())
            .await
            .expect("a database");
        let plans = crate::postgres().map(|_| Plans::watch(&database));
        let keys = KeyRing::open(
            folder.path().join("keys"),
            KeyRingSettings::default(),
            clock.clone(),
        );
        let verifier = Arc::new(Verifier::new(
            Arc::new(keys.expect("a key ring")),
            "emporium",
            clock.clone(),
        ));
        let registry = prometheus::Registry::new();
        let shutdown = CancellationToken::new();
        let parts = Parts {
            database: database.clone(),
            clock: clock.clone(),
            verifier: Arc::clone(&verifier),
            registry: registry.clone(),
            data,
            answers: true,
            shutdown: shutdown.clone(),
        };
        let config = settings
            .section(S::NAME, S::DEFAULTS)
            .expect("valid settings");
        let metrics = Arc::new(Metrics::register(&registry).expect("metrics"));
        let served = Served::start(config, parts, metrics)
            .await
            .expect("the subgraph starts");
        Self {
            served,
            database,
            clock,
            verifier,
            shutdown,
            registry,
            reach,
            plans,
            folder,
        }
    }

    /// Another replica on the same database and keys, with a folder of its own for everything else.
    pub async fn replica(&self, settings: Settings) -> Self {
        let own = self.folder.path().join(self.clock.id().to_string());
        std::fs::create_dir(&own).expect("a folder of its own");
        Self::start_in(Arc::clone(&self.folder), own, settings).await
    }

    /// The subgraph's own type, for what only tests ask.
    pub fn subgraph(&self) -> &S {
        self.served.subgraph()
    }

    /// The statements that were made of its database, on PostgreSQL.
    pub fn plans(&self) -> Option<&Plans> {
        self.plans.as_ref()
    }

    /// How its database is reached.
    pub fn reach(&self) -> &DatabaseConfig {
        &self.reach
    }

    /// The registry its metrics are in.
    pub fn registry(&self) -> &prometheus::Registry {
        &self.registry
    }

    /// Its folder.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// An operation to send; the viewer is anonymous unless said otherwise.
    pub fn graphql(&self, document: &str) -> Query<'_, S> {
        Query {
            app: self,
            document: document.to_owned(),
            variables: Value::Null,
            caller: Caller::of(Viewer::Anonymous),
        }
    }

    /// Opens a subscription; each item is an answer.
    pub fn subscribe(
        &self,
        document: &str,
        variables: Value,
        viewer: Viewer,
    ) -> BoxStream<'static, Answer> {
        let mut session = Data::default();
        session.insert(Caller::of(viewer));
        let request = Request::new(document).variables(Variables::from_json(variables));
        let stream = self.served.execute_stream(request, Some(Arc::new(session)));
        stream
            .map(|response| Answer(serde_json::to_value(response).expect("a response is JSON")))
            .boxed()
    }

    /// Hands an event to the handlers that take it, as delivery would; fails the test when one fails.
    pub async fn deliver(&self, event: &Envelope) {
        for handler in self
            .served
            .handlers()
            .iter()
            .filter(|handler| handler.event_type() == event.kind)
        {
            let taken = self
                .database
                .write(|tx| async move { handler.handle(&tx, event).await.map_err(Failed::from) })
                .await;
            if let Err(Failed(reason)) = taken {
                panic!("{} did not take {}: {reason}", handler.name(), event.kind);
            }
        }
    }

    /// What the subgraph announced since the last call, in order.
    pub async fn events(&self) -> Vec<Envelope> {
        let select = Sql::select()
            .columns(["id", "payload"])
            .from("outbox")
            .order_by("id", sea_orm::Order::Asc)
            .to_owned();
        let rows = self
            .database
            .read()
            .query_all(&select)
            .await
            .expect("the outbox is read");
        let delete = Sql::delete().from_table("outbox").to_owned();
        let delete = &delete;
        let deleted: Result<_, database::DatabaseError> = self
            .database
            .write(|tx| async move { Ok(tx.execute(delete).await?.rows_affected()) })
            .await;
        assert_eq!(
            deleted.expect("the outbox is emptied"),
            rows.len() as u64,
            "events came while they were read"
        );
        rows.iter()
            .map(|row| {
                let payload: String = row.try_get("", "payload").expect("a payload");
                serde_json::from_str(&payload).expect("an envelope")
            })
            .collect()
    }

    /// What is announced is of no interest to this test.
    pub async fn ignore_events(&self) {
        self.events().await;
    }

    /// Serves it over HTTP on a free loopback port.
    pub async fn serve(&self) -> SocketAddr {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a free port");
        let address = listener.local_addr().expect("an address");
        self.served.listening(address);
        tokio::spawn(serving::serve(
            listener,
            self.served.router(),
            self.shutdown.clone(),
        ));
        address
    }
}

struct Failed(String);

impl From<messaging::HandlerError> for Failed {
    fn from(error: messaging::HandlerError) -> Self {
        Self(error.to_string())
    }
}

impl From<database::DatabaseError> for Failed {
    fn from(error: database::DatabaseError) -> Self {
        Self(error.to_string())
    }
}

/// An operation on its way.
pub struct Query<'a, S: Subgraph> {
    app: &'a TestApp<S>,
    document: String,
    variables: Value,
    caller: Caller,
}

impl<S: Subgraph> Query<'_, S> {
    /// Its variables.
    #[must_use]
    pub fn variables(mut self, variables: Value) -> Self {
        self.variables = variables;
        self
    }

    /// Who sends it.
    #[must_use]
    pub fn viewer(mut self, viewer: &Viewer) -> Self {
        self.caller.viewer = viewer.clone();
        self
    }

    /// From which address.
    #[must_use]
    pub fn from(mut self, address: &str) -> Self {
        self.caller.address = Some(address.parse().expect("an address"));
        self
    }

    /// Sends it.
    pub async fn send(self) -> Answer {
        let call = Call {
            query: self.document,
            operation_name: None,
            variables: Variables::from_json(self.variables),
            caller: self.caller,
        };
        let response = Serving::execute(&self.app.served, call).await;
        Answer(serde_json::to_value(response).expect("a response is JSON"))
    }
}

impl<S: Subgraph> Drop for TestApp<S> {
    fn drop(&mut self) {
        self.shutdown.cancel();
        if std::thread::panicking() {
            return;
        }
        // A connection of its own: those of the pools belong to a runtime that stands still meanwhile.
        let (reach, clock, plans) = (self.reach.clone(), self.clock.clone(), self.plans.clone());
        let looked = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(async {
                let database = Database::connect(&reach, clock).await.ok()?;
                let count = Sql::select()
                    .expr(sea_orm::sea_query::Expr::cust("COUNT(*) AS events"))
                    .from("outbox")
                    .to_owned();
                let row = database.read().query_one(&count).await.ok().flatten()?;
                let left: i64 = row.try_get("", "events").ok()?;
                let slow = match plans {
                    Some(plans) => plans.without_index(READ_WHOLE).await,
                    None => Vec::new(),
                };
                Some((left, slow))
            })
        })
        .join();
        // A test may have taken its database away.
        let (left, slow) = looked.ok().flatten().unwrap_or_default();
        assert!(slow.is_empty(), "{}", slow.join("\n"));
        assert_eq!(left, 0, "the test ends with events that nobody looked at");
    }
}
