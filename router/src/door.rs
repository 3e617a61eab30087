//! The one way in for operations, whichever transport they came by: budgets, identity, execution.

use std::{net::IpAddr, sync::Arc, time::Instant};

use clock::Clock;
use fault::{Code, Fault};
use hive_router::{
    http::{
        HeaderValue, StatusCode,
        header::{AUTHORIZATION, CONTENT_TYPE},
    },
    ntex::{
        http::{
            HeaderMap,
            body::{Body, ResponseBody},
        },
        time::timeout,
        web::{HttpRequest, HttpResponse, types::Payload},
    },
};
use identity::{Verifier, Viewer};
use serving::Check;
use telemetry::TraceContext;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use tracing::{Span, debug_span};

use crate::{
    address::{self, Household, NOWHERE},
    bodies,
    cache::{Found, ResponseCache},
    caller::Caller,
    config::{RouterConfig, ms},
    engine::{Engine, Wiring},
    faults::Refusal,
    guests::Guests,
    lease::Lease,
    metrics::Metrics,
    rates::Budgets,
    routes::{Readiness, Route},
    shared::Shared,
    upstream::Fleets,
};

/// Everything that requests share.
pub(crate) struct Door {
    pub(crate) config: RouterConfig,
    pub(crate) clock: Clock,
    pub(crate) verifier: Arc<Verifier>,
    pub(crate) budgets: Budgets,
    pub(crate) guests: Arc<Guests>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) wiring: Arc<Wiring>,
    pub(crate) engine: Engine,
    pub(crate) routes: Vec<Route>,
    pub(crate) readiness: Arc<dyn Readiness>,
    /// The runtime of everything that is not the router.
    pub(crate) runtime: Handle,
    /// The subgraphs that are elsewhere.
    pub(crate) fleets: Fleets,
    pub(crate) shared: Option<Arc<Shared>>,
    pub(crate) cache: Option<Arc<ResponseCache>>,
    /// What browsers are told over TLS.
    pub(crate) hsts: Option<HeaderValue>,
    /// Set when the router is to end; it is not ready from then on.
    pub(crate) leaving: CancellationToken,
    /// Set when it drains: streams end.
    pub(crate) shutdown: CancellationToken,
}

/// Who sends an operation, as the transport knows it.
#[derive(Clone, Debug)]
pub(crate) struct Sender {
    pub(crate) address: IpAddr,
    pub(crate) authorization: Option<String>,
    pub(crate) trace: Option<TraceContext>,
}

/// What an operation gave.
pub(crate) enum Answer {
    /// The answer to a query or mutation, errors included.
    Whole(HttpResponse),
    /// A subscription that has begun.
    Stream(Streamed),
}

/// A subscription that has begun.
pub(crate) struct Streamed {
    /// Its events, in the form of an event stream.
    pub(crate) body: ResponseBody<Body>,
    /// How long its token is good.
    pub(crate) lease: Lease,
    /// The trace that it belongs to.
    pub(crate) trace: Option<TraceContext>,
}

/// The span of one operation. Whoever calls `operate` enters it, with the sender's trace.
pub(crate) fn operation_span() -> Span {
    debug_span!(
        "router.operation",
        operation.kind = tracing::field::Empty,
        operation.name = tracing::field::Empty
    )
}

impl Sender {
    /// The sender of an HTTP request, or of the operations on the WebSocket that it opens.
    pub(crate) fn of(request: &HttpRequest, config: &RouterConfig) -> Self {
        let headers = request.headers();
        let peer = request.peer_addr().map_or(NOWHERE, |peer| peer.ip());
        let forwarded: Vec<&str> = headers
            .get_all("x-forwarded-for")
            .filter_map(|line| line.to_str().ok())
            .collect();
        Self {
            address: address::client(peer, forwarded.into_iter(), &config.proxies.trusted),
            authorization: text(headers, AUTHORIZATION.as_str()).map(ToOwned::to_owned),
            trace: text(headers, "traceparent").and_then(TraceContext::parse),
        }
    }
}

pub(crate) fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

impl Door {
    /// Runs one operation. `Refusal` is an operation that was not run.
    pub(crate) async fn operate(
        &self,
        request: &mut HttpRequest,
        payload: Payload,
        sender: &Sender,
    ) -> Result<Answer, Refusal> {
        let began = Instant::now();
        let mut caller = None;
        let answer = self.run(request, payload, sender, began, &mut caller).await;
        self.record(caller.as_deref(), &answer, began);
        answer
    }

    async fn run(
        &self,
        request: &mut HttpRequest,
        payload: Payload,
        sender: &Sender,
        began: Instant,
        noted: &mut Option<Arc<Caller>>,
    ) -> Result<Answer, Refusal> {
        self.budgets
            .spend_address(Household::of(sender.address), began)
            .await?;
        let viewer = self.identify(sender)?;
        if let Viewer::User(user) = &viewer {
            self.budgets.spend_user(user.id, began).await?;
        }
        let lease = Lease::of(&viewer);
        let limit = ms(self.config.timeouts.request_ms);
        let caller = Arc::new(Caller::new(
            viewer,
            sender.address,
            sender.authorization.clone(),
            began + limit,
            Arc::clone(&self.wiring),
        ));
        *noted = Some(Arc::clone(&caller));
        let running = async {
            let most = self.config.limits.max_body_bytes;
            let body = bodies::whole(request.headers(), payload, most).await?;
            bodies::shallow(&body, request.query_string())?;
            self.answer(request, &body, caller).await
        };
        // hive-router's pipeline is one large future.
        let Ok(outcome) = timeout(limit, Box::pin(running)).await else {
            return Err(Fault::new(Code::Timeout, "it took too long; try again").into());
        };
        let mut response = outcome?;
        let is = |kind: &str| {
            response
                .headers()
                .get(CONTENT_TYPE)
                .is_some_and(|value| value.as_bytes().starts_with(kind.as_bytes()))
        };
        if is("text/event-stream") {
            return Ok(Answer::Stream(Streamed {
                body: response.take_body(),
                lease,
                trace: telemetry::trace::current(),
            }));
        }
        if is("multipart/") {
            return Err(Fault::invalid(
                "subscriptions come over a WebSocket (graphql-transport-ws) or with `accept: text/event-stream`",
            )
            .into());
        }
        Ok(Answer::Whole(response))
    }

    /// The answer that was kept, or a new one, which may be kept for others.
    async fn answer(
        &self,
        request: &mut HttpRequest,
        body: &[u8],
        caller: Arc<Caller>,
    ) -> Result<HttpResponse, Refusal> {
        let found = match &self.cache {
            Some(cache) => cache.find(request.headers(), body, &caller.viewer).await,
            None => None,
        };
        let place = match found {
            Some(Found::Kept(kept)) => {
                caller.runs("query", Some(&kept.operation));
                return Ok(HttpResponse::Ok()
                    .header(CONTENT_TYPE, kept.content_type)
                    .body(kept.body.to_vec()));
            }
            Some(Found::Missing(place)) => Some(place),
            None => None,
        };
        let mut response = self
            .engine
            .execute(request, bodies::again(body), Arc::clone(&caller))
            .await?;
        if let (Some(cache), Some(place)) = (&self.cache, place) {
            cache.learn(&place, caller.public_operation());
            let fit = caller.public_operation().is_some()
                && !caller.failed()
                && response.status() == StatusCode::OK;
            if fit && let ResponseBody::Body(Body::Bytes(answer)) = response.take_body() {
                let kind = text(response.headers(), CONTENT_TYPE.as_str()).unwrap_or_default();
                cache.keep(place, kind, &answer).await;
                response = response.set_body(Body::Bytes(answer));
            }
        }
        Ok(response)
    }

    /// What the router itself sees of the parts around it. None of it keeps the router from serving.
    pub(crate) fn own_checks(&self) -> Vec<Check> {
        let mut checks: Vec<Check> = self
            .fleets
            .iter()
            .map(|(name, fleet)| {
                let (fit, all) = fleet.strength();
                let says = format!("{fit} of {all} replicas are ready");
                Check {
                    name: format!("{name} replicas"),
                    outcome: if fit > 0 { Ok(says) } else { Err(says) },
                }
            })
            .collect();
        if let Some(shared) = &self.shared {
            checks.push(Check {
                name: "redis".to_owned(),
                outcome: match shared.number() {
                    Some(_) => Ok("answers".to_owned()),
                    None => Err(
                        "away: this router counts for itself; see that the server runs and that the URL is right"
                            .to_owned(),
                    ),
                },
            });
        }
        checks
    }

    /// Who the sender is. A token that is not valid is refused, never ignored.
    pub(crate) fn identify(&self, sender: &Sender) -> Result<Viewer, Fault> {
        Viewer::from_authorization(sender.authorization.as_deref(), &self.verifier)
    }

    fn record(&self, caller: Option<&Caller>, answer: &Result<Answer, Refusal>, began: Instant) {
        let (kind, name) = caller.map_or(("", ""), Caller::operation);
        let outcome = match answer {
            Ok(_) if caller.is_some_and(Caller::failed) => "error",
            Ok(_) => "ok",
            Err(refusal) => {
                self.metrics.error(refusal.code.as_str());
                "refused"
            }
        };
        let kind = if kind.is_empty() { "unknown" } else { kind };
        self.metrics.operation(kind, name, outcome, began.elapsed());
        Span::current()
            .record("operation.kind", kind)
            .record("operation.name", name);
    }
}
