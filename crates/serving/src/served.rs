//! A subgraph that runs: the same operations in process, over HTTP and over WebSocket.

use std::{any::TypeId, net::SocketAddr, sync::Arc, time::Instant};

use async_graphql::{Data, Executor, Request, Response, Variables};
use async_trait::async_trait;
use database::Database;
use fault::Fault;
use futures::{StreamExt, future::BoxFuture, stream::BoxStream};
use identity::Verifier;
use messaging::{Handler, Subscriber};
use telemetry::{TraceContext, trace::follow};

use crate::{
    Caller, Check, Job, Metrics, Parts, StartError, Subgraph,
    documents::{Documents, Known},
    errors, http,
};

/// One operation for a subgraph.
#[derive(Debug)]
pub struct Call {
    /// The text of the operation.
    pub query: String,
    /// Which operation of the text.
    pub operation_name: Option<String>,
    /// Its variables.
    pub variables: Variables,
    /// Who sent it.
    pub caller: Caller,
}

/// A running subgraph of any kind, as the process that holds it sees it.
#[async_trait]
pub trait Serving: Send + Sync {
    /// Its name.
    fn name(&self) -> &'static str;
    /// Its database.
    fn database(&self) -> &Database;
    /// Runs a query or mutation; errors come back finished.
    fn execute(&self, call: Call) -> BoxFuture<'_, Response>;
    /// GraphQL over HTTP and WebSocket at `/graphql`, health, and the subgraph's own routes.
    fn router(&self) -> axum::Router;
    /// The subgraph's own routes alone.
    fn routes(&self) -> axum::Router;
    /// See [`Subgraph::handlers`].
    fn handlers(&self) -> Vec<Box<dyn Handler>>;
    /// See [`Subgraph::subscribers`].
    fn subscribers(&self) -> Vec<Arc<dyn Subscriber>>;
    /// See [`Subgraph::listeners`].
    fn listeners(&self) -> Vec<Arc<dyn Subscriber>>;
    /// See [`Subgraph::jobs`].
    fn jobs(&self) -> Vec<Job>;
    /// See [`Subgraph::listening`].
    fn listening(&self, address: SocketAddr);
    /// See [`Subgraph::republish`].
    async fn republish(
        &self,
        aggregate: &str,
        progress: &(dyn Fn(u64) + Send + Sync),
    ) -> Result<u64, Fault>;
    /// See [`Subgraph::checks`], the database included.
    async fn checks(&self) -> Vec<Check>;
    /// See [`Subgraph::side_checks`].
    async fn side_checks(&self) -> Vec<Check>;
    /// Reads the database's counters into the metrics.
    fn observe(&self);
}

/// A running subgraph. Cheap to clone.
pub struct Served<S: Subgraph>(Arc<Inner<S>>);

struct Inner<S> {
    subgraph: S,
    database: Database,
    verifier: Arc<Verifier>,
    documents: Documents,
    metrics: Arc<Metrics>,
}

impl<S: Subgraph> Served<S> {
    /// Starts the subgraph.
    pub async fn start(
        config: S::Config,
        parts: Parts,
        metrics: Arc<Metrics>,
    ) -> Result<Self, StartError> {
        let (database, verifier) = (parts.database.clone(), Arc::clone(&parts.verifier));
        let subgraph = S::start(config, parts).await?;
        Ok(Self(Arc::new(Inner {
            subgraph,
            database,
            verifier,
            documents: Documents::new(),
            metrics,
        })))
    }

    /// The subgraph itself.
    pub fn subgraph(&self) -> &S {
        &self.0.subgraph
    }

    pub(crate) fn verifier(&self) -> &Verifier {
        &self.0.verifier
    }

    fn ready(&self, mut request: Request, known: Option<&Known>, caller: Caller) -> Request {
        if let Some(known) = known {
            request.set_parsed_query(known.document.clone());
        }
        let request = self.0.subgraph.prepare(request, &caller);
        request.data(caller.viewer.clone()).data(caller)
    }

    pub(crate) async fn run(&self, request: Request, caller: Caller) -> Response {
        let began = Instant::now();
        let parent = caller.traceparent.as_deref().and_then(TraceContext::parse);
        let known = self.0.documents.get(&request.query);
        let request = self.ready(request, known.as_deref(), caller);
        let span = tracing::debug_span!("subgraph.operation", subgraph.name = S::NAME);
        let schema = match &known {
            Some(known) if known.is_valid() => self.0.subgraph.trusting_schema(),
            _ => self.0.subgraph.schema(),
        };
        let mut response = follow(parent, span, schema.execute(request)).await;
        if let Some(known) = known.filter(|_| response.errors.is_empty()) {
            known.found_valid();
        }
        errors::finish(S::NAME, &mut response);
        let outcome = if response.errors.is_empty() {
            "ok"
        } else {
            "error"
        };
        self.0
            .metrics
            .operations
            .with_label_values(&[S::NAME, outcome])
            .inc();
        self.0
            .metrics
            .seconds
            .with_label_values(&[S::NAME])
            .observe(began.elapsed().as_secs_f64());
        response
    }
}

impl<S: Subgraph> Clone for Served<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S: Subgraph> Executor for Served<S> {
    async fn execute(&self, request: Request) -> Response {
        self.run(request, Caller::of(identity::Viewer::Anonymous))
            .await
    }

    /// `session` holds the [`Caller`] that opened the connection.
    fn execute_stream(
        &self,
        request: Request,
        session: Option<Arc<Data>>,
    ) -> BoxStream<'static, Response> {
        let caller = session
            .as_ref()
            .and_then(|data| data.get(&TypeId::of::<Caller>()))
            .and_then(|caller| caller.downcast_ref::<Caller>())
            .cloned()
            .unwrap_or_else(|| Caller::of(identity::Viewer::Anonymous));
        let gauge = self.0.metrics.streams.with_label_values(&[S::NAME]);
        let open = Open::new(gauge);
        let known = self.0.documents.get(&request.query);
        let request = self.ready(request, known.as_deref(), caller);
        self.0
            .subgraph
            .schema()
            .execute_stream(request, session)
            .map(move |mut response| {
                let _open = &open;
                errors::finish(S::NAME, &mut response);
                response
            })
            .boxed()
    }
}

/// Counts a stream as open while it lives.
struct Open(prometheus::IntGauge);

impl Open {
    fn new(gauge: prometheus::IntGauge) -> Self {
        gauge.inc();
        Self(gauge)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.dec();
    }
}

#[async_trait]
impl<S: Subgraph> Serving for Served<S> {
    fn name(&self) -> &'static str {
        S::NAME
    }

    fn database(&self) -> &Database {
        &self.0.database
    }

    fn execute(&self, call: Call) -> BoxFuture<'_, Response> {
        let mut request = Request::new(call.query).variables(call.variables);
        request.operation_name = call.operation_name;
        Box::pin(self.run(request, call.caller))
    }

    fn router(&self) -> axum::Router {
        http::router(self.clone())
    }

    fn routes(&self) -> axum::Router {
        self.0.subgraph.routes()
    }

    fn handlers(&self) -> Vec<Box<dyn Handler>> {
        self.0.subgraph.handlers()
    }

    fn subscribers(&self) -> Vec<Arc<dyn Subscriber>> {
        self.0.subgraph.subscribers()
    }

    fn listeners(&self) -> Vec<Arc<dyn Subscriber>> {
        self.0.subgraph.listeners()
    }

    fn jobs(&self) -> Vec<Job> {
        self.0.subgraph.jobs()
    }

    fn listening(&self, address: SocketAddr) {
        self.0.subgraph.listening(address);
    }

    async fn republish(
        &self,
        aggregate: &str,
        progress: &(dyn Fn(u64) + Send + Sync),
    ) -> Result<u64, Fault> {
        self.0.subgraph.republish(aggregate, progress).await
    }

    async fn checks(&self) -> Vec<Check> {
        let outcome = match database::now(self.0.database.read()).await {
            Ok(now) => Ok(format!("answers, its time is {now}")),
            Err(error) => Err(format!(
                "{error}; see that the server runs and that the URL is right"
            )),
        };
        let mut checks = vec![Check {
            name: format!("{} database", S::NAME),
            outcome,
        }];
        checks.extend(self.0.subgraph.checks().await);
        checks
    }

    async fn side_checks(&self) -> Vec<Check> {
        self.0.subgraph.side_checks().await
    }

    fn observe(&self) {
        self.0.metrics.observe(S::NAME, &self.0.database);
    }
}
