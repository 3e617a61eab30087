//! What is not GraphQL: health, metrics, the playground, and the routes that others bring.

use std::{net::IpAddr, panic::AssertUnwindSafe, sync::Arc};

use bytes::Bytes;
use fault::{Code, Fault};
use futures::{FutureExt as _, future::BoxFuture};
use hive_router::{
    http::{
        self, HeaderName, HeaderValue as Value, Method, StatusCode,
        header::{CACHE_CONTROL, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING},
    },
    ntex::{
        http::header::HeaderValue,
        time::timeout,
        web::{
            HttpRequest, HttpResponse,
            types::{Payload, State},
        },
    },
};
use serde_json::json;
use serving::{CLIENT_ADDRESS, Check};
use tokio_util::context::TokioContext;

use crate::{
    address::Household,
    assets, bodies,
    config::ms,
    door::{Door, Sender},
    faults::Refusal,
    graphql::refused,
    upstream::{Call, Unanswered},
};

/// Answers a request. It is polled in the context of the main runtime. The client's address stands
/// in the request's extensions as `ClientAddress`; the body is as the client sent it.
pub type RouteHandler =
    Arc<dyn Fn(http::Request<Bytes>) -> BoxFuture<'static, http::Response<Bytes>> + Send + Sync>;

/// A path on the router's port that another part of the shop answers.
#[derive(Clone)]
pub struct Route {
    /// The method; `HEAD` goes where `GET` goes.
    pub method: Method,
    /// The path, such as `/webhooks/stripe`; one that ends in `/` stands for all below it.
    pub path: String,
    /// The largest body, in bytes; a larger one is refused with 413 before the handler is called.
    pub max_body_bytes: usize,
    /// What answers.
    pub target: RouteTarget,
}

/// What answers a route.
#[derive(Clone)]
pub enum RouteTarget {
    /// A part of this process.
    Handler(RouteHandler),
    /// A replica of this subgraph, over HTTP, with the client's address in the header `serving::CLIENT_ADDRESS`. The
    /// body goes there untouched. Needs `Transport::Http`.
    Subgraph(String),
}

/// The address of a route's client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

/// Looks whether every part that answers need is there.
pub trait Readiness: Send + Sync + 'static {
    /// One check for each part.
    fn checks(&self) -> BoxFuture<'_, Vec<Check>>;
}

impl Route {
    fn serves(&self, method: &Method, path: &str) -> bool {
        let method_fits =
            self.method == *method || (self.method == Method::GET && *method == Method::HEAD);
        let path_fits = if self.path.ends_with('/') {
            path.starts_with(&self.path)
        } else {
            path == self.path
        };
        method_fits && path_fits
    }
}

/// Every path but `/graphql`.
pub(crate) async fn route(
    request: HttpRequest,
    payload: Payload,
    door: State<Arc<Door>>,
) -> HttpResponse {
    let (method, path) = (request.method().clone(), request.path());
    let reads = method == Method::GET || method == Method::HEAD;
    let (name, mut response) = match path {
        "/health/live" if reads => ("live", plain(StatusCode::OK, "ok\n".to_owned())),
        "/health/ready" if reads => ("ready", ready(&door).await),
        "/metrics" if reads => ("metrics", metrics(&door)),
        _ => match door.routes.iter().find(|route| route.serves(&method, path)) {
            Some(found) => ("extra", extra(&door, found, &request, payload).await),
            None => match assets::find(path).filter(|_| reads) {
                Some(asset) => ("playground", assets::answer(&asset, request.headers())),
                None => (
                    "none",
                    plain(
                        StatusCode::NOT_FOUND,
                        "there is nothing here; the graph is at /graphql\n".to_owned(),
                    ),
                ),
            },
        },
    };
    harden(&door, &mut response);
    let method = match method {
        Method::GET => "GET",
        Method::POST => "POST",
        _ => "other",
    };
    door.metrics
        .request(name, method, response.status().as_u16());
    response
}

/// Headers that every response carries.
pub(crate) fn harden(door: &Door, response: &mut HttpResponse) {
    let headers = response.headers_mut();
    if let Some(hsts) = &door.hsts {
        headers.insert(
            http::header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from(hsts.clone()),
        );
    }
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("x-frame-options", "DENY"),
        ("cross-origin-opener-policy", "same-origin"),
    ] {
        headers.insert(
            http::HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
}

fn plain(status: StatusCode, text: String) -> HttpResponse {
    HttpResponse::build(status)
        .header(CONTENT_TYPE, "text/plain; charset=utf-8")
        .header(CACHE_CONTROL, "no-store")
        .body(text)
}

async fn ready(door: &Door) -> HttpResponse {
    let (checks, own) = if door.leaving.is_cancelled() {
        let leaving = Check {
            name: "router".to_owned(),
            outcome: Err("shutting down".to_owned()),
        };
        (vec![leaving], Vec::new())
    } else {
        let asked = TokioContext::new(door.readiness.checks(), door.runtime.clone()).await;
        (asked, door.own_checks())
    };
    // Without one subgraph, or without Redis, the rest of the shop goes on; without any subgraph nothing does.
    let alone =
        !door.fleets.is_empty() && door.fleets.values().all(|fleet| fleet.strength().0 == 0);
    let ready = !alone && checks.iter().all(|check| check.outcome.is_ok());
    let degraded = own.iter().any(|check| check.outcome.is_err());
    let checks = [checks, own].concat();
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    HttpResponse::build(status)
        .header(CONTENT_TYPE, "application/json")
        .header(CACHE_CONTROL, "no-store")
        .body(json!({ "ready": ready, "degraded": degraded, "checks": checks }).to_string())
}

fn metrics(door: &Door) -> HttpResponse {
    match door.metrics.render() {
        Ok(text) => HttpResponse::Ok()
            .header(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")
            .body(text),
        Err(error) => {
            tracing::error!(error = %error, "metrics could not be written");
            plain(
                StatusCode::INTERNAL_SERVER_ERROR,
                "metrics could not be written\n".to_owned(),
            )
        }
    }
}

async fn extra(
    door: &Door,
    route: &Route,
    request: &HttpRequest,
    payload: Payload,
) -> HttpResponse {
    let sender = Sender::of(request, &door.config);
    let span = tracing::debug_span!("router.route", url.path = route.path);
    let answered = async {
        handed_on(door, route, request, payload, sender.address)
            .await
            .unwrap_or_else(|fault| refused(&Refusal::from(fault)))
    };
    telemetry::trace::follow(sender.trace, span, answered).await
}

async fn handed_on(
    door: &Door,
    route: &Route,
    request: &HttpRequest,
    payload: Payload,
    address: IpAddr,
) -> Result<HttpResponse, Fault> {
    let began = std::time::Instant::now();
    door.budgets
        .spend_address(Household::of(address), began)
        .await?;
    let limit = ms(door.config.timeouts.request_ms);
    let body = timeout(
        limit,
        bodies::whole(request.headers(), payload, route.max_body_bytes),
    )
    .await
    .map_err(|()| Fault::new(Code::Timeout, "the body did not arrive in time"))??;
    let mut forwarded = http::Request::builder()
        .method(request.method())
        .uri(request.uri());
    for (name, value) in request.headers() {
        forwarded = forwarded.header(name.as_str(), value.as_bytes());
    }
    let mut forwarded = forwarded
        .body(body)
        .map_err(|_| Fault::invalid("the request is malformed"))?;
    let answered = match &route.target {
        RouteTarget::Handler(handler) => {
            forwarded.extensions_mut().insert(ClientAddress(address));
            let answered = AssertUnwindSafe(handler(forwarded)).catch_unwind();
            TokioContext::new(answered, door.runtime.clone())
                .await
                .map_err(|_| Fault::internal(format!("the handler of {} panicked", route.path)))?
        }
        RouteTarget::Subgraph(name) => {
            subgraph(door, name, forwarded, address, began + limit).await?
        }
    };
    let (head, body) = answered.into_parts();
    let mut response = HttpResponse::build(head.status);
    // The server writes the framing itself.
    let framing = [CONTENT_LENGTH, TRANSFER_ENCODING, CONNECTION];
    for (name, value) in head
        .headers
        .iter()
        .filter(|(name, _)| !framing.contains(name))
    {
        response.header(name.as_str(), value.as_bytes());
    }
    Ok(response.body(body.to_vec()))
}

/// Asks a replica of the subgraph.
async fn subgraph(
    door: &Door,
    name: &str,
    request: http::Request<Bytes>,
    address: IpAddr,
    deadline: std::time::Instant,
) -> Result<http::Response<Bytes>, Fault> {
    let fleet = door.fleets.get(name).ok_or_else(|| {
        Fault::internal(format!("a route leads to {name}, which is not elsewhere"))
    })?;
    let (mut head, body) = request.into_parts();
    // What the client says of its own address counts for nothing.
    let address = Value::try_from(address.to_string()).map_err(Fault::internal)?;
    head.headers
        .insert(HeaderName::from_static(CLIENT_ADDRESS), address);
    let call = Call {
        safe: head.method == Method::GET || head.method == Method::HEAD,
        path: head
            .uri
            .path_and_query()
            .cloned()
            .ok_or_else(|| Fault::invalid("the request is malformed"))?,
        method: head.method,
        headers: head.headers,
        body,
        deadline,
    };
    TokioContext::new(fleet.send(call), door.runtime.clone())
        .await
        .map_err(Unanswered::fault)
}
