//! What clients reach: the router, with the subgraphs' own routes beside the graph.

use std::{collections::HashMap, net::SocketAddr, sync::Arc, time::Duration};

use async_graphql::Variables;
use axum::body::Body;
use bytes::Bytes;
use futures::{FutureExt, future::BoxFuture};
use http_body_util::BodyExt;
use hyper::{Request, Response, StatusCode, http::Method};
use router::{
    ClientAddress, InProcess, Readiness, Route, RouteTarget, RouterConfig, Running, SubgraphAnswer,
    SubgraphRequest, SubgraphUrls, Transport,
};
use serde::Deserialize;
use serving::{CLIENT_ADDRESS, Call, Caller, Check, Serving};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::{Shop, ShopError, answers, delivery};

/// The largest webhook body, in bytes. Stripe's are a few kilobytes.
pub(crate) const WEBHOOK_LIMIT: usize = 512 * 1024;
/// Every answer to clients is small; a media file may be this large.
const ANSWER_LIMIT: usize = 16 * 1024 * 1024;
/// An outbox whose oldest event is older than this is not well.
const LAG_LIMIT: Duration = Duration::from_mins(1);

/// How the router reaches the subgraphs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reach {
    /// By calls in this process; subscriptions go over loopback.
    #[default]
    InProcess,
    /// By HTTP and WebSocket over loopback, as when roles run apart.
    Http,
}

/// The router, listening.
pub struct Front {
    running: Running,
    address: SocketAddr,
    stop: CancellationToken,
}

impl Front {
    /// Where clients find the shop, such as `http://localhost:4000`.
    pub fn url(&self) -> String {
        if self.address.ip().is_loopback() {
            format!("http://localhost:{}", self.address.port())
        } else {
            format!("http://{}", self.address)
        }
    }

    /// An address of this machine that reaches the router.
    pub(crate) fn loopback(&self) -> SocketAddr {
        let mut address = self.address;
        if address.ip().is_unspecified() {
            address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
        }
        address
    }

    /// Lets no new client in, finishes the requests under way, and ends.
    pub async fn stop(self) {
        self.stop.cancel();
        if let Err(error) = self.running.stopped().await {
            tracing::error!(error = %error, "the router did not end well");
        }
    }
}

/// Starts the router of `shop`, whose subgraphs are served at `addresses`.
pub(crate) async fn start(
    shop: &Shop,
    addresses: &[(&'static str, SocketAddr)],
) -> Result<Front, ShopError> {
    let config: RouterConfig = shop.settings().section("router", router::DEFAULTS)?;
    let reach = shop.own_settings()?.reach;
    let urls: SubgraphUrls = addresses
        .iter()
        .map(|(name, address)| ((*name).to_owned(), format!("http://{address}/graphql")))
        .collect();
    let subgraphs = shop.subgraphs();
    let transport = match reach {
        Reach::Http => Transport::Http(
            addresses
                .iter()
                .map(|(name, address)| ((*name).to_owned(), vec![format!("http://{address}")]))
                .collect(),
        ),
        Reach::InProcess => {
            let subgraphs = subgraphs
                .iter()
                .map(|subgraph| (subgraph.name(), Arc::clone(subgraph)))
                .collect();
            let local = Local {
                subgraphs,
                verifier: Arc::clone(&shop.parts.process.verifier),
            };
            Transport::InProcess {
                subgraphs: Arc::new(local),
                loopback: urls,
            }
        }
    };
    let own = subgraphs.iter().fold(axum::Router::new(), |all, subgraph| {
        all.merge(subgraph.routes())
    });
    let stop = CancellationToken::new();
    let parts = router::Parts {
        supergraph: schema::SUPERGRAPH.to_owned(),
        transport,
        verifier: Arc::clone(&shop.parts.process.verifier),
        clock: shop.parts.process.clock.clone(),
        registry: shop.parts.process.registry.clone(),
        routes: routes(&own),
        readiness: Arc::new(Ready(subgraphs)),
        news: Some(Arc::clone(&shop.parts.process.news)),
        shutdown: stop.clone(),
    };
    let running = router::run(config, parts)
        .await
        .map_err(ShopError::other("the router does not start"))?;
    delivery::tell_router(&shop.parts.process).await?;
    Ok(Front {
        address: running.address,
        running,
        stop,
    })
}

/// Subgraphs called in this process.
struct Local {
    subgraphs: HashMap<&'static str, Arc<dyn Serving>>,
    verifier: Arc<identity::Verifier>,
}

impl InProcess for Local {
    fn execute<'a>(
        &'a self,
        subgraph: &'a str,
        request: SubgraphRequest<'a>,
    ) -> BoxFuture<'a, SubgraphAnswer> {
        async move {
            let response = match self.call(subgraph, request) {
                Ok((subgraph, call)) => subgraph.execute(call).await,
                Err(fault) => serving::refused("router", fault),
            };
            answers::of(response)
        }
        .boxed()
    }
}

impl Local {
    fn call(
        &self,
        subgraph: &str,
        request: SubgraphRequest<'_>,
    ) -> Result<(&Arc<dyn Serving>, Call), fault::Fault> {
        let subgraph = self.subgraphs.get(subgraph).ok_or_else(|| {
            fault::Fault::internal(format!(
                "the supergraph names an unknown subgraph {subgraph}"
            ))
        })?;
        let mut caller = Caller::from_headers(request.authorization, None, None, &self.verifier)?;
        caller.address = Some(request.client_address);
        caller.traceparent = request.traceparent;
        let variables: Variables = if request.variables.is_empty() {
            Variables::default()
        } else {
            serde_json::from_slice(&request.variables).map_err(|error| {
                fault::Fault::invalid(format!("the variables cannot be read: {error}"))
            })?
        };
        let call = Call {
            query: request.query.to_owned(),
            operation_name: request.operation_name.map(ToOwned::to_owned),
            variables,
            caller,
        };
        Ok((subgraph, call))
    }
}

/// The subgraphs' own paths on the router's port.
fn routes(own: &axum::Router) -> Vec<Route> {
    [
        (Method::POST, "/webhooks/stripe", WEBHOOK_LIMIT),
        (Method::GET, "/.well-known/jwks.json", 0),
        (Method::GET, "/media/", 0),
    ]
    .into_iter()
    .map(|(method, path, max_body_bytes)| {
        let own = own.clone();
        let handler = Arc::new(move |request: Request<Bytes>| answer(own.clone(), request).boxed());
        Route {
            method,
            path: path.to_owned(),
            max_body_bytes,
            target: RouteTarget::Handler(handler),
        }
    })
    .collect()
}

async fn answer(own: axum::Router, request: Request<Bytes>) -> Response<Bytes> {
    let (mut parts, body) = request.into_parts();
    // What the client says of its own address counts for nothing.
    parts.headers.remove(CLIENT_ADDRESS);
    if let Some(ClientAddress(address)) = parts.extensions.get::<ClientAddress>().copied()
        && let Ok(value) = address.to_string().parse()
    {
        parts.headers.insert(CLIENT_ADDRESS, value);
    }
    let Ok(response) = own
        .oneshot(Request::from_parts(parts, Body::from(body)))
        .await;
    let (parts, body) = response.into_parts();
    match http_body_util::Limited::new(body, ANSWER_LIMIT)
        .collect()
        .await
    {
        Ok(body) => Response::from_parts(parts, body.to_bytes()),
        Err(error) => {
            tracing::error!(error = %error, "an answer could not be read");
            let mut failed = Response::new(Bytes::new());
            *failed.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            failed
        }
    }
}

/// Looks deep: every database, and whether events get through.
struct Ready(Vec<Arc<dyn Serving>>);

impl Readiness for Ready {
    fn checks(&self) -> BoxFuture<'_, Vec<Check>> {
        async move {
            let mut checks = Vec::new();
            for subgraph in &self.0 {
                checks.extend(subgraph.checks().await);
                checks.push(relay(subgraph.as_ref()).await);
            }
            checks
        }
        .boxed()
    }
}

async fn relay(subgraph: &dyn Serving) -> Check {
    let name = format!("{} outbox", subgraph.name());
    let database = subgraph.database();
    let looked = async {
        let lag = messaging::outbox::lag(database.read()).await?;
        let now = database::now(database.read()).await?;
        Ok::<_, database::DatabaseError>((
            lag.pending,
            lag.oldest
                .map(|oldest| now.since(oldest))
                .unwrap_or_default(),
        ))
    };
    let outcome = match looked.await {
        Ok((pending, age)) if age > LAG_LIMIT => Err(format!(
            "{pending} events wait, the oldest for {} s; see the log for what stops the relay",
            age.as_secs()
        )),
        Ok((pending, _)) => Ok(format!("{pending} events on their way")),
        Err(error) => Err(error.to_string()),
    };
    Check { name, outcome }
}
