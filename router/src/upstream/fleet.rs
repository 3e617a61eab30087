//! All replicas of one subgraph, and the rules by which one of them is called.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use fault::{Code, Fault};
use hive_router::http::{
    HeaderMap, HeaderValue, Method, Request, Response, StatusCode,
    header::{CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING, UPGRADE},
    uri::PathAndQuery,
};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use serving::{DEADLINE, NOT_STARTED};
use tokio::{sync::Semaphore, time::timeout};

use super::{
    address::Site,
    replica::{Replica, Turn, Work},
};
use crate::{
    RouterError,
    config::{Upstream, ms},
    metrics::Metrics,
    transport::SubgraphReplicas,
};

/// How many replicas are tried at most for one call.
const TRIES: usize = 3;
/// How long a client is told to wait when a subgraph has too much to do, or is away.
const PAUSE: Duration = Duration::from_secs(1);

/// The replicas of all subgraphs, by the subgraph's name.
pub(crate) type Fleets = BTreeMap<String, Arc<Fleet>>;

/// The replicas of one subgraph.
pub(crate) struct Fleet {
    pub(crate) name: String,
    pub(crate) sites: Vec<Site>,
    pub(crate) settings: Upstream,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) connector: HttpConnector,
    replicas: RwLock<Arc<[Arc<Replica>]>>,
    client: Client<HttpConnector, Full<Bytes>>,
    permits: Semaphore,
    turn: AtomicUsize,
}

/// One request for a subgraph.
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) path: PathAndQuery,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Whether it changes nothing, so that it may be sent again.
    pub(crate) safe: bool,
    /// When the caller stops waiting.
    pub(crate) deadline: Instant,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unanswered {
    /// Too many calls are under way already.
    Busy,
    /// No replica took it, or the connection broke after one may have begun with it.
    Away,
    /// It took longer than the caller waits.
    Late,
}

/// How one try went wrong.
enum Failed {
    /// The replica never began with it: another one may be asked in any case.
    Unsent(String),
    /// The replica may have done it.
    Broken(String),
    Late,
}

impl Fleet {
    /// The fleets of all subgraphs.
    pub(crate) fn all(
        subgraphs: &SubgraphReplicas,
        settings: &Upstream,
        metrics: &Arc<Metrics>,
    ) -> Result<Fleets, RouterError> {
        let mut fleets = Fleets::new();
        for (name, urls) in subgraphs {
            let sites = urls
                .iter()
                .map(|url| Site::parse(url))
                .collect::<Result<Vec<_>, _>>()?;
            if sites.is_empty() {
                return Err(RouterError::Setting(format!(
                    "`router.subgraphs.{name}` is empty; say where its replicas are, such as [\"http://{name}:4100\"]"
                )));
            }
            let fleet = Self::new(name, sites, settings, Arc::clone(metrics));
            fleets.insert(name.clone(), Arc::new(fleet));
        }
        Ok(fleets)
    }

    fn new(name: &str, sites: Vec<Site>, settings: &Upstream, metrics: Arc<Metrics>) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(ms(settings.connect_ms)));
        // A host that is gone without a word is noticed within half a minute.
        connector.set_keepalive(Some(Duration::from_secs(10)));
        connector.set_keepalive_interval(Some(Duration::from_secs(5)));
        connector.set_keepalive_retries(Some(3));
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_mins(1))
            .build(connector.clone());
        Self {
            name: name.to_owned(),
            sites,
            settings: settings.clone(),
            metrics,
            connector,
            replicas: RwLock::new(Arc::new([])),
            client,
            permits: Semaphore::new(settings.max_in_flight),
            turn: AtomicUsize::new(0),
        }
    }

    pub(crate) fn replicas(&self) -> Arc<[Arc<Replica>]> {
        Arc::clone(&self.replicas.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn replace(&self, replicas: Vec<Arc<Replica>>) {
        *self
            .replicas
            .write()
            .unwrap_or_else(PoisonError::into_inner) = replicas.into();
    }

    /// How many replicas can be called, and how many there are.
    pub(crate) fn strength(&self) -> (usize, usize) {
        let replicas = self.replicas();
        let fit = replicas.iter().filter(|replica| !replica.is_out()).count();
        (fit, replicas.len())
    }

    /// The least busy replica that was not tried yet; one that is left out only when no other is there.
    pub(crate) fn pick(&self, work: Work, tried: &[Arc<Replica>]) -> Option<Turn> {
        let replicas = self.replicas();
        let first = self.turn.fetch_add(1, Ordering::Relaxed);
        let count = replicas.len();
        (0..count)
            .filter_map(|offset| replicas.get(first.wrapping_add(offset) % count))
            .filter(|replica| !tried.iter().any(|other| Arc::ptr_eq(other, replica)))
            .min_by_key(|replica| (replica.is_out(), replica.load(work)))
            .map(|replica| replica.begin(work))
    }

    /// Sends a request and gives the answer, whatever its status. A request that changes something is sent again only
    /// if the replica never began with it: no connection, or 503 with `serving::NOT_STARTED`.
    pub(crate) async fn send(&self, call: Call) -> Result<Response<Bytes>, Unanswered> {
        let Ok(_permit) = self.permits.try_acquire() else {
            return Err(Unanswered::Busy);
        };
        let mut tried: Vec<Arc<Replica>> = Vec::new();
        let mut last = "it has no replicas".to_owned();
        for attempt in 0..TRIES {
            // A connection that broke says nothing about its replica when there is no other.
            let again = attempt == 1 && call.safe;
            let Some(turn) = self
                .pick(Work::Call, &tried)
                .or_else(|| again.then(|| self.pick(Work::Call, &[])).flatten())
            else {
                break;
            };
            if attempt > 0 {
                self.metrics.retried(&self.name);
            }
            match self.attempt(&call, &turn.replica).await {
                Ok(response) => {
                    let spare = attempt + 1 < TRIES && self.has_others(&tried, &turn.replica);
                    match response.status() {
                        StatusCode::SERVICE_UNAVAILABLE
                            if response.headers().contains_key(NOT_STARTED) =>
                        {
                            turn.replica.leave_out(&self.name, "it is going away");
                            if !spare {
                                return Ok(response);
                            }
                        }
                        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE
                            if call.safe && spare => {}
                        _ => return Ok(response),
                    }
                    last = format!("it answered {}", response.status());
                }
                Err(Failed::Unsent(why)) => {
                    turn.replica.leave_out(&self.name, &why);
                    last = why;
                }
                Err(Failed::Broken(why)) if call.safe => last = why,
                Err(Failed::Broken(why)) => return Err(self.away(&why)),
                Err(Failed::Late) => return Err(Unanswered::Late),
            }
            tried.push(Arc::clone(&turn.replica));
        }
        Err(self.away(&last))
    }

    fn has_others(&self, tried: &[Arc<Replica>], this: &Arc<Replica>) -> bool {
        self.replicas().iter().any(|replica| {
            !Arc::ptr_eq(replica, this) && !tried.iter().any(|other| Arc::ptr_eq(other, replica))
        })
    }

    fn away(&self, why: &str) -> Unanswered {
        tracing::warn!(
            subgraph.name = self.name,
            why,
            "a call to a subgraph failed"
        );
        Unanswered::Away
    }

    async fn attempt(&self, call: &Call, replica: &Replica) -> Result<Response<Bytes>, Failed> {
        let left = call.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Failed::Late);
        }
        let mut request = Request::builder()
            .method(call.method.clone())
            .uri(format!("http://{}{}", replica.address, call.path))
            .body(Full::new(call.body.clone()))
            .map_err(|error| Failed::Unsent(error.to_string()))?;
        *request.headers_mut() = call.headers.clone();
        address_to(request.headers_mut(), replica);
        request
            .headers_mut()
            .insert(DEADLINE, HeaderValue::from(milliseconds(left)));
        let whole = async {
            let response = self.client.request(request).await.map_err(|error| {
                let why = reason(&error);
                if error.is_connect() {
                    Failed::Unsent(why)
                } else {
                    Failed::Broken(why)
                }
            })?;
            let (head, body) = response.into_parts();
            let body = Limited::new(body, self.settings.max_answer_bytes)
                .collect()
                .await
                .map_err(|error| Failed::Broken(error.to_string()))?;
            Ok(Response::from_parts(head, body.to_bytes()))
        };
        timeout(left, whole).await.unwrap_or(Err(Failed::Late))
    }
}

impl Unanswered {
    /// What the client is told.
    pub(crate) fn fault(self) -> Fault {
        match self {
            Self::Busy => Fault::new(
                Code::Unavailable,
                "a part of the shop has too much to do at the moment; try again",
            )
            .retry_after(PAUSE),
            Self::Away => Fault::new(
                Code::Unavailable,
                "a part of the shop does not answer at the moment; try again",
            )
            .retry_after(PAUSE),
            Self::Late => Fault::new(Code::Timeout, "it took too long; try again"),
        }
    }
}

/// Headers that belong to a connection go no further; `host` is the replica's.
pub(crate) fn address_to(headers: &mut HeaderMap, replica: &Replica) {
    for name in [CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING, UPGRADE] {
        headers.remove(name);
    }
    for name in ["keep-alive", "te", "trailer", "expect"] {
        headers.remove(name);
    }
    if let Ok(host) = HeaderValue::try_from(&replica.authority) {
        headers.insert(HOST, host);
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// The error with what caused it.
fn reason(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fleet(count: u16) -> Fleet {
        let config: crate::RouterConfig = toml::from_str(crate::DEFAULTS).unwrap();
        let metrics = Arc::new(Metrics::new(telemetry::Registry::new()).unwrap());
        let fleet = Fleet::new("orders", Vec::new(), &config.upstream, metrics);
        let replica = |port| {
            let address = std::net::SocketAddr::from(([127, 0, 0, 1], port));
            Arc::new(Replica::new(address.to_string(), address))
        };
        fleet.replace((1..=count).map(replica).collect());
        fleet
    }

    #[test]
    fn the_least_busy_is_picked_and_equals_take_turns() {
        let fleet = fleet(3);
        let mut held: Vec<Turn> = (0..9)
            .map(|_| fleet.pick(Work::Call, &[]).unwrap())
            .collect();
        for replica in fleet.replicas().iter() {
            assert_eq!(replica.load(Work::Call), 3);
        }
        let freed = Arc::clone(&held.pop().unwrap().replica);
        let next = fleet.pick(Work::Call, &[]).unwrap();
        assert!(Arc::ptr_eq(&next.replica, &freed));
        assert_eq!(freed.load(Work::Stream), 0, "streams count for themselves");
    }

    #[test]
    fn who_is_left_out_is_called_only_when_nobody_else_is_there() {
        let fleet = fleet(2);
        let replicas = fleet.replicas();
        replicas[0].leave_out("orders", "test");
        assert_eq!(fleet.strength(), (1, 2));
        for _ in 0..4 {
            let turn = fleet.pick(Work::Call, &[]).unwrap();
            assert!(Arc::ptr_eq(&turn.replica, &replicas[1]));
        }
        let turn = fleet.pick(Work::Call, &replicas[1..]).unwrap();
        assert!(Arc::ptr_eq(&turn.replica, &replicas[0]));
        assert!(fleet.pick(Work::Call, &replicas).is_none());
        replicas[0].take_in("orders");
        assert_eq!(fleet.strength(), (2, 2));
    }
}
