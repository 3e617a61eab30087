//! hive-router as a library: plans and executes operations over the supergraph.

use std::{collections::HashMap, sync::Arc};

use hive_router::{
    PluginRegistry, RouterSharedState, SchemaState,
    background_tasks::BackgroundTasksManager,
    config::HiveRouterConfig,
    configure_app_from_config,
    executor::{
        executors::common::{SubgraphExecutor as _, SubgraphExecutorBoxedArc},
        headers::response::ResponseHeaderSink,
        plugin_context::PluginContext,
        request_context::{RequestContextExt as _, SharedRequestContext},
    },
    http::header::ACCESS_CONTROL_ALLOW_ORIGIN,
    ntex::web::{HttpRequest, HttpResponse, test::TestRequest, types::Payload},
    pipeline::{error::PipelineError, graphql_request_handler, header::ResponseMode},
    plugins::hooks::on_supergraph_load::{Supergraph, SupergraphOptions},
    telemetry::{
        TelemetryContext,
        traces::{control, spans::http_request::HttpServerRequestSpan},
    },
};
use tokio::runtime::Handle;

use crate::{
    RouterError,
    cache::Public,
    caller::Caller,
    config::{CachePlace, RouterConfig},
    executor::InProcessExecutor,
    guards::Guards,
    hooks::Hooks,
    metrics::Metrics,
    settings,
    transport::{SubgraphUrls, Transport},
    upstream::{Fleets, HttpExecutor},
};

/// Where subgraphs are outside of this process.
pub(crate) struct Reach {
    /// Their replicas. Empty when they are in this process.
    pub(crate) fleets: Fleets,
    /// The one URL that hive-router knows of each.
    pub(crate) urls: SubgraphUrls,
}

/// What hive-router's hooks need; each operation's `Caller` brings it along.
pub(crate) struct Wiring {
    pub(crate) guards: Guards,
    /// Selections in a document, fragments written out.
    pub(crate) max_selections: usize,
    pub(crate) metrics: Arc<Metrics>,
    /// What answers may be kept of. Nothing when none are.
    pub(crate) public: Option<Public>,
    /// For how long a breaker refuses, in milliseconds.
    pub(crate) breaker_ms: u64,
    /// How each subgraph is called.
    pub(crate) executors: HashMap<String, SubgraphExecutorBoxedArc>,
}

/// The planner and executor.
pub(crate) struct Engine {
    shared: Arc<RouterSharedState>,
    schema: Arc<SchemaState>,
    /// Kept alive: dropping it ends every operation.
    supergraph: Supergraph,
    background: tokio::sync::Mutex<BackgroundTasksManager>,
}

/// The names of a supergraph's subgraphs.
pub(crate) fn subgraphs(supergraph: &str) -> Result<Vec<String>, RouterError> {
    use graphql_parser::schema::{Definition, TypeDefinition, Value, parse_schema};
    let document = parse_schema::<String>(supergraph)
        .map_err(|error| RouterError::Supergraph(error.to_string()))?;
    let mut names = Vec::new();
    for definition in &document.definitions {
        let Definition::TypeDefinition(TypeDefinition::Enum(graphs)) = definition else {
            continue;
        };
        if graphs.name != "join__Graph" {
            continue;
        }
        let directives = graphs.values.iter().flat_map(|value| &value.directives);
        for (argument, value) in directives.flat_map(|directive| &directive.arguments) {
            if let (true, Value::String(name)) = (argument == "name", value) {
                names.push(name.clone());
            }
        }
    }
    Ok(names)
}

impl Wiring {
    pub(crate) fn new(
        config: &RouterConfig,
        supergraph: &str,
        transport: &Transport,
        metrics: Arc<Metrics>,
        runtime: &Handle,
        reach: &Reach,
    ) -> Result<Self, RouterError> {
        let unusable =
            |error: graphql_parser::schema::ParseError| RouterError::Supergraph(error.to_string());
        let guards = Guards::of(supergraph).map_err(unusable)?;
        let public = (config.response_cache.place != CachePlace::None)
            .then(|| Public::of(supergraph).map_err(unusable))
            .transpose()?;
        let endpoint = |url: &str| {
            url.parse()
                .map_err(|_| RouterError::Setting(format!("`{url}` is no URL")))
        };
        let mut executors = HashMap::new();
        if let Transport::InProcess {
            subgraphs,
            loopback,
        } = transport
        {
            for (name, url) in loopback {
                let executor = InProcessExecutor {
                    name: name.clone(),
                    subgraphs: Arc::clone(subgraphs),
                    runtime: runtime.clone(),
                    metrics: Arc::clone(&metrics),
                    endpoint: endpoint(url)?,
                };
                executors.insert(name.clone(), executor.to_boxed_arc());
            }
        }
        for (name, fleet) in &reach.fleets {
            let executor = HttpExecutor {
                fleet: Arc::clone(fleet),
                breaker: config.breaker.enabled,
                runtime: runtime.clone(),
                metrics: Arc::clone(&metrics),
                endpoint: endpoint(reach.urls.get(name).map_or("", String::as_str))?,
            };
            executors.insert(name.clone(), executor.to_boxed_arc());
        }
        Ok(Self {
            guards,
            public,
            breaker_ms: config.breaker.reset_ms,
            max_selections: config.limits.max_selections,
            metrics,
            executors,
        })
    }
}

impl Engine {
    /// Builds planner and clients. Runs inside an ntex system, where hive-router spawns its tasks.
    pub(crate) async fn start(
        config: &RouterConfig,
        supergraph: &str,
        urls: &SubgraphUrls,
    ) -> Result<Self, RouterError> {
        // Its spans describe each step of its pipeline; ours, one operation and its calls.
        control::set_tracing_enabled(false);
        let hive: &'static HiveRouterConfig = settings::hive(config, urls)?.into_static();
        let telemetry = TelemetryContext::from_propagation_config(
            &hive.telemetry.tracing.propagation,
            &hive.log,
        );
        let mut background = BackgroundTasksManager::new();
        let registry = PluginRegistry::new().register::<Hooks>();
        let (shared, schema) =
            configure_app_from_config(hive, telemetry, &mut background, registry)
                .await
                .map_err(|error| RouterError::Engine(error.to_string()))?;
        let mut options = SupergraphOptions::default();
        options.traffic_shaping = (&hive.traffic_shaping).into();
        options.override_subgraph_urls = hive.override_subgraph_urls.clone();
        options.headers = hive.headers.clone();
        options.demand_control.clone_from(&hive.demand_control);
        options.subscriptions = (&hive.subscriptions).into();
        options.error_masking = hive.error_masking.clone();
        let supergraph = Supergraph::from_sdl("emporium", supergraph, options)
            .map_err(|error| RouterError::Supergraph(error.to_string()))?;
        let engine = Self {
            shared,
            schema,
            supergraph,
            background: tokio::sync::Mutex::new(background),
        };
        // Builds the clients and caches now, so that what is wrong shows at start.
        let request = TestRequest::with_uri("/graphql").to_http_request();
        request
            .extensions_mut()
            .insert(engine.supergraph.snapshot());
        engine
            .schema
            .select_supergraph(&request)
            .await
            .map_err(|error| RouterError::Engine(error.to_string()))?;
        Ok(engine)
    }

    /// Runs one operation. The time it may take is the caller's to bound.
    pub(crate) async fn execute(
        &self,
        request: &mut HttpRequest,
        payload: Payload,
        caller: Arc<Caller>,
    ) -> Result<HttpResponse, PipelineError> {
        let context = PluginContext::default();
        context.insert(caller);
        request.extensions_mut().insert(Arc::new(context));
        self.run(request, payload).await
    }

    /// Answers a preflight request of CORS, which has no caller.
    pub(crate) async fn preflight(
        &self,
        request: &mut HttpRequest,
        payload: Payload,
    ) -> Result<HttpResponse, PipelineError> {
        self.run(request, payload).await
    }

    async fn run(
        &self,
        request: &mut HttpRequest,
        payload: Payload,
    ) -> Result<HttpResponse, PipelineError> {
        request.extensions_mut().insert(self.supergraph.snapshot());
        request.write_request_context(SharedRequestContext::default());
        let span = HttpServerRequestSpan::from_request(&*request, &None);
        let mut mode = ResponseMode::default();
        graphql_request_handler(
            request,
            payload,
            &self.shared,
            &self.schema,
            &span,
            &mut mode,
            ResponseHeaderSink::default(),
        )
        .await
    }

    /// Lets a page of an allowed origin read the response.
    pub(crate) fn allow_origin(&self, request: &HttpRequest, response: &mut HttpResponse) {
        if let Some(cors) = &self.shared.cors_runtime {
            cors.set_headers(request, response.headers_mut());
            // hive-router says `null` to origins that are not allowed, which browsers send for
            // sandboxed frames and local files: those are not allowed either.
            let headers = response.headers_mut();
            if headers
                .get(ACCESS_CONTROL_ALLOW_ORIGIN)
                .is_some_and(|said| said.as_bytes() == b"null")
            {
                headers.remove(ACCESS_CONTROL_ALLOW_ORIGIN);
            }
        }
    }

    /// Ends hive-router's own tasks.
    pub(crate) async fn stop(&self) {
        self.background.lock().await.graceful_shutdown().await;
    }
}
