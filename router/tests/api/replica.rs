//! A replica of the small subgraphs that can be told to misbehave, and killed.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
};

use axum::{
    Router,
    body::Bytes,
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use router::SubgraphReplicas;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::subgraphs::Subgraphs;

/// How a replica behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    Serves,
    /// Says 503 without beginning.
    GoesAway,
    /// Begins, and breaks the connection.
    Breaks,
    /// Begins, and says 503.
    Fails,
}

/// One replica, on a runtime of its own, with all that it has to say about what came.
#[derive(Clone)]
pub(crate) struct Replica {
    pub(crate) address: SocketAddr,
    heard: Arc<Heard>,
    gone: CancellationToken,
}

struct Heard {
    calls: AtomicUsize,
    mood: Mutex<Mood>,
    ready: Mutex<bool>,
    deadline: Mutex<Option<u64>>,
}

impl Replica {
    pub(crate) fn of(subgraph: &'static str) -> Self {
        Self::at(subgraph, "127.0.0.1:0".parse().unwrap())
    }

    /// Comes back after `kill`.
    pub(crate) fn again(&self, subgraph: &'static str) -> Self {
        Self::at(subgraph, self.address)
    }

    fn at(subgraph: &'static str, address: SocketAddr) -> Self {
        let heard = Arc::new(Heard {
            calls: AtomicUsize::new(0),
            mood: Mutex::new(Mood::Serves),
            ready: Mutex::new(true),
            deadline: Mutex::new(None),
        });
        let gone = CancellationToken::new();
        let (tell, told) = mpsc::channel();
        let (kept, until) = (Arc::clone(&heard), gone.clone());
        thread::spawn(move || {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(async move {
                let listener = TcpListener::bind(address).await.unwrap();
                tell.send(listener.local_addr().unwrap()).unwrap();
                let app = Subgraphs::new()
                    .app(subgraph)
                    .layer(middleware::from_fn_with_state(Arc::clone(&kept), moody))
                    .route("/catalog/echo", post(echo))
                    .merge(
                        Router::new()
                            .route("/health/ready", get(ready))
                            .with_state(kept),
                    );
                tokio::select! {
                    _ = axum::serve(listener, app) => {}
                    () = until.cancelled() => {}
                }
            });
            // Connections end in the middle, as with a process that is killed.
            runtime.shutdown_background();
        });
        Self {
            address: told.recv().unwrap(),
            heard,
            gone,
        }
    }

    /// Kills it, and waits until nobody listens there any more.
    pub(crate) fn kill(&self) {
        self.gone.cancel();
        while std::net::TcpStream::connect(self.address).is_ok() {
            thread::yield_now();
        }
    }

    pub(crate) fn calls(&self) -> usize {
        self.heard.calls.load(Ordering::SeqCst)
    }

    pub(crate) fn becomes(&self, mood: Mood) {
        *self.heard.mood.lock().unwrap() = mood;
    }

    pub(crate) fn is_ready(&self, ready: bool) {
        *self.heard.ready.lock().unwrap() = ready;
    }

    /// What the last call said that the router waits, in milliseconds.
    pub(crate) fn deadline(&self) -> Option<u64> {
        *self.heard.deadline.lock().unwrap()
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// The addresses of replicas, as settings name them.
pub(crate) fn named(catalog: &[&Replica], reviews: &[&Replica]) -> SubgraphReplicas {
    let urls = |replicas: &[&Replica]| replicas.iter().map(|replica| replica.url()).collect();
    BTreeMap::from([
        ("catalog".to_owned(), urls(catalog)),
        ("reviews".to_owned(), urls(reviews)),
    ])
}

async fn moody(State(heard): State<Arc<Heard>>, request: Request, next: Next) -> Response {
    heard.calls.fetch_add(1, Ordering::SeqCst);
    if let Some(left) = request.headers().get(serving::DEADLINE) {
        *heard.deadline.lock().unwrap() = Some(left.to_str().unwrap().parse().unwrap());
    }
    let mood = *heard.mood.lock().unwrap();
    match mood {
        Mood::Serves => next.run(request).await,
        Mood::GoesAway => (
            StatusCode::SERVICE_UNAVAILABLE,
            [(serving::NOT_STARTED, "1")],
        )
            .into_response(),
        Mood::Fails => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Mood::Breaks => panic!("told to break"),
    }
}

async fn ready(State(heard): State<Arc<Heard>>) -> StatusCode {
    if *heard.ready.lock().unwrap() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    }
}

async fn echo(headers: HeaderMap, body: Bytes) -> Response {
    let kept = ["x-signature", serving::CLIENT_ADDRESS];
    let mut response = (StatusCode::ACCEPTED, body).into_response();
    for name in kept {
        if let Some(value) = headers.get(name) {
            response.headers_mut().insert(name, value.clone());
        }
    }
    response
}
