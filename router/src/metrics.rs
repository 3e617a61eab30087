//! What the router counts.

use std::time::Duration;

use telemetry::{Counters, Gauges, Histograms, MetricsError, Registry};

/// Upper bounds of the duration histograms, in seconds.
const SECONDS: [f64; 11] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0,
];

/// The router's metrics. The registry bounds the label combinations, whatever names clients send.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Counters<3>,
    operations: Histograms<3>,
    errors: Counters<1>,
    subgraphs: Histograms<2>,
    retries: Counters<1>,
    replicas: Gauges<2>,
    cache: Counters<1>,
    redis: Gauges<0>,
    clients: Gauges<1>,
    streams: Gauges<1>,
    ended: Counters<1>,
}

impl Metrics {
    pub(crate) fn new(registry: Registry) -> Result<Self, MetricsError> {
        Ok(Self {
            requests: registry.counters(
                "router_http_requests_total",
                "HTTP requests answered, by route, method and status.",
                ["route", "method", "status"],
            )?,
            operations: registry.histograms(
                "router_operation_seconds",
                "Time to the answer of GraphQL operations, or to the start of a subscription, by kind, name and outcome.",
                ["kind", "name", "outcome"],
                &SECONDS,
            )?,
            errors: registry.counters(
                "router_errors_total",
                "Errors in GraphQL answers, by code.",
                ["code"],
            )?,
            subgraphs: registry.histograms(
                "router_subgraph_seconds",
                "Time of calls from router to subgraph, by subgraph and outcome.",
                ["subgraph", "outcome"],
                &SECONDS,
            )?,
            retries: registry.counters(
                "router_subgraph_retries_total",
                "Calls that another replica was asked for, by subgraph.",
                ["subgraph"],
            )?,
            replicas: registry.gauges(
                "router_subgraph_replicas",
                "Replicas of subgraphs, by subgraph and state: ready, or out because they do not answer or are not ready.",
                ["subgraph", "state"],
            )?,
            cache: registry.counters(
                "router_response_cache_total",
                "Operations that an answer may be kept of, by outcome: hit, miss, or emptied when events emptied the cache.",
                ["outcome"],
            )?,
            redis: registry.gauges(
                "router_redis_up",
                "Whether Redis answers: 1, or 0 while memory takes its place. Absent without Redis.",
                [],
            )?,
            clients: registry.gauges(
                "router_clients",
                "Clients connected for long: WebSockets and event streams.",
                ["transport"],
            )?,
            streams: registry.gauges(
                "router_subscriptions",
                "Subscriptions that are open.",
                ["transport"],
            )?,
            ended: registry.counters(
                "router_subscriptions_ended_total",
                "Subscriptions that ended, by reason: complete, left, or a code.",
                ["reason"],
            )?,
            registry,
        })
    }

    pub(crate) fn request(&self, route: &str, method: &str, status: u16) {
        let mut digits = [0_u8; 5];
        self.requests
            .with([route, method, decimal(status, &mut digits)])
            .inc();
    }

    pub(crate) fn operation(&self, kind: &str, name: &str, outcome: &str, took: Duration) {
        // A name this long is no name that anybody reads in a chart.
        let name = if name.len() > 64 { "other" } else { name };
        self.operations
            .with([kind, name, outcome])
            .observe(took.as_secs_f64());
    }

    pub(crate) fn error(&self, code: &str) {
        self.errors.with([code]).inc();
    }

    pub(crate) fn subgraph(&self, name: &str, ok: bool, took: Duration) {
        let outcome = if ok { "ok" } else { "error" };
        self.subgraphs
            .with([name, outcome])
            .observe(took.as_secs_f64());
    }

    pub(crate) fn retried(&self, subgraph: &str) {
        self.retries.with([subgraph]).inc();
    }

    pub(crate) fn replicas(&self, subgraph: &str, ready: usize, all: usize) {
        for (state, count) in [("ready", ready), ("out", all.saturating_sub(ready))] {
            self.replicas
                .with([subgraph, state])
                .set(i64::try_from(count).unwrap_or(i64::MAX));
        }
    }

    pub(crate) fn cache(&self, outcome: &str) {
        self.cache.with([outcome]).inc();
    }

    pub(crate) fn redis(&self, up: bool) {
        self.redis.with([]).set(i64::from(up));
    }

    pub(crate) fn client(&self, transport: &str, by: i64) {
        self.clients.with([transport]).add(by);
    }

    pub(crate) fn stream(&self, transport: &str, by: i64) {
        self.streams.with([transport]).add(by);
    }

    pub(crate) fn ended(&self, reason: &str) {
        self.ended.with([reason]).inc();
    }

    pub(crate) fn render(&self) -> Result<String, MetricsError> {
        self.registry.render()
    }
}

fn decimal(number: u16, digits: &mut [u8; 5]) -> &str {
    let mut at = digits.len();
    let mut left = number;
    loop {
        at -= 1;
        digits[at] = b'0' + u8::try_from(left % 10).unwrap_or(0);
        left /= 10;
        if left == 0 {
            break;
        }
    }
    std::str::from_utf8(&digits[at..]).unwrap_or("0")
}
