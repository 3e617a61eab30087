//! Starts and stops the router.

use std::{
    net::{SocketAddr, TcpListener},
    sync::Arc,
    thread,
};

use clock::Clock;
use futures::future::join_all;
use hive_router::{
    http::{HeaderValue, header::UPGRADE},
    ntex::{
        SharedCfg,
        http::{HttpServiceConfig, KeepAlive},
        rt::{DefaultRuntime, System},
        time::{Seconds, sleep},
        web::{self, guard},
    },
};
use identity::Verifier;
use tokio::{runtime::Handle, sync::oneshot};
use tokio_util::sync::CancellationToken;

use crate::{
    cache::ResponseCache,
    config::{RouterConfig, ms},
    door::Door,
    engine::{self, Engine, Reach, Wiring},
    graphql::graphql,
    guests::Guests,
    metrics::Metrics,
    news::News,
    rates::Budgets,
    routes::{Readiness, Route, route},
    shared::Shared,
    tls::Certificate,
    transport::{SubgraphReplicas, Transport},
    upstream::{Fleet, Fleets, Gateway},
    websocket::websocket,
};

/// Subgraphs are polled on the workers' stacks, and an unoptimised build of them needs more than the usual 2 MiB.
const STACK: usize = 16 * 1024 * 1024;

/// Why the router could not start or did not end well; the message says the mend where there is one.
#[derive(Debug, thiserror::Error)]
pub enum RouterError {
    /// A setting is wrong.
    #[error("{0}")]
    Setting(String),
    /// The supergraph cannot be used.
    #[error("the supergraph cannot be used: {0}; compose it again with `emporium schema compose`")]
    Supergraph(String),
    /// The address cannot be listened on.
    #[error(
        "cannot listen on {address}: {source}; set another address in EMPORIUM__ROUTER__LISTEN"
    )]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// hive-router failed.
    #[error("the query planner could not start: {0}")]
    Engine(String),
    /// The server failed.
    #[error("the router failed: {0}")]
    Server(#[from] std::io::Error),
    /// Metrics could not be registered.
    #[error(transparent)]
    Metrics(#[from] telemetry::MetricsError),
}

/// What the router needs from the process that it runs in.
pub struct Parts {
    /// The supergraph, as `schema::compose` gives it.
    pub supergraph: String,
    /// How operations reach the subgraphs.
    pub transport: Transport,
    /// Verifies access tokens.
    pub verifier: Arc<Verifier>,
    /// The time.
    pub clock: Clock,
    /// Where the router's metrics go; `/metrics` shows all of it.
    pub registry: telemetry::Registry,
    /// Paths that others answer on the router's port.
    pub routes: Vec<Route>,
    /// What `/health/ready` looks at.
    pub readiness: Arc<dyn Readiness>,
    /// Hears events for the router. Without it no answers are kept.
    pub news: Option<Arc<News>>,
    /// Stops the router when it is cancelled: it is not ready any more, and drains after `timeouts.drain_delay_ms`.
    pub shutdown: CancellationToken,
}

/// A router that serves.
#[derive(Debug)]
pub struct Running {
    /// Where it listens; the port is the real one when 0 was asked for.
    pub address: SocketAddr,
    ended: oneshot::Receiver<Result<(), RouterError>>,
}

impl Running {
    /// Waits until the router has stopped: after `Parts::shutdown`, once requests are finished and
    /// subscriptions told, or when it failed.
    pub async fn stopped(self) -> Result<(), RouterError> {
        self.ended.await.unwrap_or_else(|_| {
            Err(RouterError::Server(std::io::Error::other(
                "its thread ended",
            )))
        })
    }
}

/// Starts the router on threads of its own and returns once it listens. Must be called in the main
/// runtime: subgraphs in process, routes and checks are polled in its context.
pub async fn run(config: RouterConfig, parts: Parts) -> Result<Running, RouterError> {
    if let Some(complaint) = config.complaint() {
        return Err(RouterError::Setting(complaint));
    }
    install_tls();
    let refused = |source| RouterError::Listen {
        address: config.listen,
        source,
    };
    let certificate = Certificate::open(&config)?;
    let metrics = Arc::new(Metrics::new(parts.registry.clone())?);
    let fleets = match &parts.transport {
        Transport::InProcess { .. } => Fleets::new(),
        Transport::Http(replicas) => {
            named_all(&parts.supergraph, replicas)?;
            Fleet::all(replicas, &config.upstream, &metrics)?
        }
    };
    let listener = TcpListener::bind(config.listen).map_err(refused)?;
    let address = listener.local_addr().map_err(refused)?;
    let runtime = Handle::current();
    // What runs beside the server ends with it, however that ends.
    let beside = CancellationToken::new();
    let ending = beside.clone().drop_guard();
    let urls = match &parts.transport {
        Transport::InProcess { loopback, .. } => loopback.clone(),
        Transport::Http(_) => {
            let watching = fleets.values().map(|fleet| fleet.watch(beside.clone()));
            join_all(watching).await;
            let limit = config.timeouts.subgraph_ms;
            Gateway::open(fleets.clone(), limit, beside.clone())
                .await?
                .urls(&fleets)
        }
    };
    let shared = Shared::open(&config, &runtime, &metrics, beside.clone())?;
    if let Some(certificate) = &certificate {
        tokio::spawn(Arc::clone(certificate).watch(beside.clone()));
    }
    let around = Around {
        metrics,
        reach: Reach { fleets, urls },
        shared,
        certificate,
        runtime,
    };
    let (started, starting) = oneshot::channel();
    let (tell_end, ended) = oneshot::channel();
    thread::Builder::new()
        .name("router".to_owned())
        .spawn(move || {
            let system = System::build()
                .name("router")
                .stack_size(STACK)
                .build(DefaultRuntime);
            let outcome = system.block_on(serve(config, parts, listener, around, started));
            drop(ending);
            let _ = tell_end.send(outcome);
        })?;
    match starting.await {
        Ok(()) => Ok(Running { address, ended }),
        // It said why with its end.
        Err(_) => match ended.await {
            Ok(Err(error)) => Err(error),
            _ => Err(RouterError::Engine("its thread ended".to_owned())),
        },
    }
}

/// TLS to subgraphs and others. More than one provider is in the tree, so one must be chosen.
fn install_tls() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Another thread may have been first; then theirs is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}

/// What is around the server, made in the main runtime.
struct Around {
    metrics: Arc<Metrics>,
    reach: Reach,
    shared: Option<Arc<Shared>>,
    certificate: Option<Arc<Certificate>>,
    runtime: Handle,
}

/// Every subgraph of the supergraph must have replicas; hive-router would call whatever the schema says otherwise.
fn named_all(supergraph: &str, replicas: &SubgraphReplicas) -> Result<(), RouterError> {
    let names = engine::subgraphs(supergraph)?;
    match names.iter().find(|name| !replicas.contains_key(*name)) {
        None => Ok(()),
        Some(name) => Err(RouterError::Setting(format!(
            "`router.subgraphs.{name}` is not set; say where the replicas of {name} are"
        ))),
    }
}

async fn serve(
    config: RouterConfig,
    parts: Parts,
    listener: TcpListener,
    around: Around,
    started: oneshot::Sender<()>,
) -> Result<(), RouterError> {
    let Around {
        metrics,
        reach,
        shared,
        certificate,
        runtime,
    } = around;
    let wiring = Wiring::new(
        &config,
        &parts.supergraph,
        &parts.transport,
        Arc::clone(&metrics),
        &runtime,
        &reach,
    )?;
    let engine = Engine::start(&config, &parts.supergraph, &reach.urls).await?;
    let hsts = (certificate.is_some() && config.hsts_seconds > 0)
        .then(|| HeaderValue::try_from(format!("max-age={}", config.hsts_seconds)))
        .and_then(Result::ok);
    let draining = CancellationToken::new();
    let door = Arc::new(Door {
        cache: ResponseCache::new(
            &config,
            shared.as_ref(),
            parts.news.as_ref(),
            &metrics,
            &parts.clock,
        ),
        budgets: Budgets::new(&config.rates, shared.clone()),
        guests: Arc::new(Guests::new(&config.subscriptions, Arc::clone(&metrics))),
        clock: parts.clock,
        verifier: parts.verifier,
        metrics,
        wiring: Arc::new(wiring),
        engine,
        routes: parts.routes,
        readiness: parts.readiness,
        runtime,
        fleets: reach.fleets,
        shared,
        hsts,
        leaving: parts.shutdown,
        shutdown: draining,
        config,
    });
    let server = listen(&door, listener, certificate.as_ref())?;
    // Nobody waits any more when the process is being stopped at this very moment.
    let _ = started.send(());
    let stopping = {
        let (server, door) = (server.clone(), Arc::clone(&door));
        async move {
            door.leaving.cancelled().await;
            sleep(ms(door.config.timeouts.drain_delay_ms)).await;
            door.shutdown.cancel();
            server.stop(true).await;
        }
    };
    let stopping = hive_router::ntex::rt::spawn(stopping);
    let outcome = server.await;
    drop(stopping);
    door.engine.stop().await;
    Ok(outcome?)
}

fn listen(
    door: &Arc<Door>,
    listener: TcpListener,
    certificate: Option<&Arc<Certificate>>,
) -> Result<hive_router::ntex::server::Server, RouterError> {
    let config = &door.config;
    let seconds =
        |milliseconds: u64| Seconds(u16::try_from(milliseconds.div_ceil(1000)).unwrap_or(u16::MAX));
    let http = HttpServiceConfig::new()
        .set_keepalive(KeepAlive::Timeout(seconds(config.timeouts.keep_alive_ms)))
        .set_client_timeout(seconds(config.timeouts.request_ms.saturating_add(1_000)))
        .set_max_buf_size(config.limits.max_header_bytes.max(64 * 1024));
    let shared = Arc::clone(door);
    let mut server = web::HttpServer::new(async move || {
        let upgrade = guard::fn_guard(|head| {
            head.headers()
                .get(UPGRADE)
                .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
        });
        web::App::new()
            .state(Arc::clone(&shared))
            .service(
                web::resource("/graphql")
                    .guard(upgrade)
                    .route(web::get().to(websocket)),
            )
            .route("/graphql", web::to(graphql))
            .default_service(web::to(route))
    })
    .disable_signals()
    .shutdown_timeout(seconds(config.timeouts.drain_ms))
    .config(SharedCfg::new("router").add(http));
    if config.workers > 0 {
        server = server.workers(config.workers);
    }
    let server = match certificate {
        Some(certificate) => server.listen_rustls(listener, certificate.server())?,
        None => server.listen(listener)?,
    };
    Ok(server.run())
}
