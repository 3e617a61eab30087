//! A router over the two subgraphs, and clients of it.

use std::{collections::VecDeque, net::SocketAddr, sync::Arc, time::Duration};

use clock::Clock;
use fault::Code;
use futures::{FutureExt as _, SinkExt as _, StreamExt as _, future::BoxFuture};
use identity::{Issuer, KeyRing, KeyRingSettings, Scope, Scopes, Verifier};
use router::{
    DEFAULTS, News, Parts, Readiness, Route, RouteTarget, RouterConfig, RouterError, Running,
    SubgraphReplicas, SubgraphUrls, Transport,
};
use serde_json::{Value, json};
use serving::Check;
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream,
    tungstenite::{Message, client::IntoClientRequest as _, protocol::CloseFrame},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::subgraphs::Subgraphs;

pub(crate) const ISSUER: &str = "https://emporium.test";
const PATIENCE: Duration = Duration::from_secs(20);

/// How the router reaches its subgraphs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    InProcess,
    Http,
}

pub(crate) const BOTH: [Way; 2] = [Way::InProcess, Way::Http];

pub(crate) struct Shop {
    pub(crate) way: Way,
    pub(crate) address: SocketAddr,
    pub(crate) http: reqwest::Client,
    pub(crate) clock: Clock,
    pub(crate) issuer: Issuer,
    pub(crate) verifier: Arc<Verifier>,
    pub(crate) news: Arc<News>,
    pub(crate) shutdown: CancellationToken,
    running: Option<Running>,
    _keys: tempfile::TempDir,
}

struct Ready;

impl Readiness for Ready {
    fn checks(&self) -> BoxFuture<'_, Vec<Check>> {
        async {
            // Needs the main runtime.
            tokio::spawn(async {}).await.unwrap();
            vec![Check {
                name: "cellar".to_owned(),
                outcome: Ok("dry".to_owned()),
            }]
        }
        .boxed()
    }
}

pub(crate) fn config() -> RouterConfig {
    let mut config: RouterConfig = toml::from_str(DEFAULTS).unwrap();
    config.listen = "127.0.0.1:0".parse().unwrap();
    config.workers = 1;
    // Tests send more than a client would; those of budgets switch them on.
    config.rates.enabled = false;
    config
}

impl Shop {
    pub(crate) async fn open(way: Way) -> Self {
        Self::with(way, |_| {}).await
    }

    pub(crate) async fn with(way: Way, edit: impl FnOnce(&mut RouterConfig)) -> Self {
        let urls = Subgraphs::new().serve().await;
        Self::over(way, urls, edit).await
    }

    /// Over subgraphs at those addresses.
    pub(crate) async fn over(
        way: Way,
        urls: SubgraphUrls,
        edit: impl FnOnce(&mut RouterConfig),
    ) -> Self {
        match way {
            Way::InProcess => {
                let transport = Transport::InProcess {
                    subgraphs: Arc::new(Subgraphs::new()),
                    loopback: urls,
                };
                Self::through(way, transport, edit).await
            }
            Way::Http => {
                let replicas = urls.into_iter().map(|(name, url)| (name, vec![url]));
                Self::apart(replicas.collect(), edit).await
            }
        }
    }

    /// Over replicas of subgraphs at those addresses.
    pub(crate) async fn apart(
        replicas: SubgraphReplicas,
        edit: impl FnOnce(&mut RouterConfig),
    ) -> Self {
        Self::through(Way::Http, Transport::Http(replicas), edit).await
    }

    async fn through(way: Way, transport: Transport, edit: impl FnOnce(&mut RouterConfig)) -> Self {
        Self::attempt(way, transport, edit).await.unwrap()
    }

    /// Why a router over these replicas does not start.
    pub(crate) async fn refused(replicas: SubgraphReplicas) -> String {
        let attempt = Self::attempt(Way::Http, Transport::Http(replicas), |_| {});
        attempt.await.err().unwrap().to_string()
    }

    /// Why a router with these settings does not start.
    pub(crate) async fn refused_with(edit: impl FnOnce(&mut RouterConfig)) -> String {
        let transport = Transport::InProcess {
            subgraphs: Arc::new(Subgraphs::new()),
            loopback: Subgraphs::new().serve().await,
        };
        let attempt = Self::attempt(Way::InProcess, transport, edit);
        attempt.await.err().unwrap().to_string()
    }

    async fn attempt(
        way: Way,
        transport: Transport,
        edit: impl FnOnce(&mut RouterConfig),
    ) -> Result<Self, RouterError> {
        let mut config = config();
        edit(&mut config);
        let (directory, clock) = (tempfile::tempdir().unwrap(), Clock::system());
        let settings = KeyRingSettings::default();
        let ring = KeyRing::open(directory.path().join("keys"), settings, clock.clone()).unwrap();
        let ring = Arc::new(ring);
        let lifetime = KeyRingSettings::default().token_lifetime;
        let issuer = Issuer::new(Arc::clone(&ring), ISSUER, lifetime, clock.clone());
        let verifier = Arc::new(Verifier::new(ring, ISSUER, clock.clone()));
        let shutdown = CancellationToken::new();
        let news = Arc::new(News::new(Arc::clone(&verifier)));
        let running = router::run(
            config,
            Parts {
                supergraph: Subgraphs::supergraph(),
                transport,
                verifier: Arc::clone(&verifier),
                clock: clock.clone(),
                registry: telemetry::Registry::new(),
                routes: vec![echo(), proxied()],
                readiness: Arc::new(Ready),
                news: Some(Arc::clone(&news)),
                shutdown: shutdown.clone(),
            },
        )
        .await?;
        Ok(Self {
            way,
            address: running.address,
            http: reqwest::Client::new(),
            clock,
            issuer,
            verifier,
            news,
            shutdown,
            running: Some(running),
            _keys: directory,
        })
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn token(&self, scopes: &[Scope]) -> String {
        let scopes = scopes
            .iter()
            .fold(Scopes::NONE, |all, scope| all.with(*scope));
        let minted = self
            .issuer
            .mint(self.clock.id(), Uuid::nil(), scopes)
            .unwrap();
        format!("Bearer {}", minted.token)
    }

    pub(crate) fn post(&self, query: &str) -> reqwest::RequestBuilder {
        self.http
            .post(self.url("/graphql"))
            .json(&json!({ "query": query }))
    }

    /// The answer's body, whatever its status.
    pub(crate) async fn ask(&self, query: &str) -> Value {
        self.post(query).send().await.unwrap().json().await.unwrap()
    }

    pub(crate) async fn ask_as(&self, authorization: &str, query: &str) -> Value {
        let request = self.post(query).header("authorization", authorization);
        request.send().await.unwrap().json().await.unwrap()
    }

    /// After an attack: the next client is served.
    pub(crate) async fn still_serves(&self) {
        let answer = self
            .ask("{ product(id: \"1\") { name reviews { number } } }")
            .await;
        assert_eq!(
            answer,
            json!({ "data": { "product": { "name": "product 1", "reviews": [{ "number": 1 }] } } }),
            "{:?}",
            self.way
        );
    }

    /// The events of a subscription over SSE, to its end.
    pub(crate) async fn listen(&self, query: &str, authorization: Option<&str>) -> Vec<Value> {
        let mut request = self.post(query).header("accept", "text/event-stream");
        if let Some(authorization) = authorization {
            request = request.header("authorization", authorization);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let text = tokio::time::timeout(PATIENCE, response.text())
            .await
            .unwrap()
            .unwrap();
        assert!(text.ends_with("event: complete\ndata:\n\n"), "{text}");
        events(&text)
    }

    pub(crate) async fn socket(&self, payload: Value) -> Socket {
        let mut socket = self.raw_socket().await;
        socket
            .say(json!({ "type": "connection_init", "payload": payload }))
            .await;
        assert_eq!(socket.hear().await, json!({ "type": "connection_ack" }));
        socket
    }

    pub(crate) async fn raw_socket(&self) -> Socket {
        let mut request = format!("ws://{}/graphql", self.address)
            .into_client_request()
            .unwrap();
        request.headers_mut().insert(
            "sec-websocket-protocol",
            "graphql-transport-ws".parse().unwrap(),
        );
        let (stream, _) = tokio_tungstenite::connect_async(request).await.unwrap();
        Socket {
            stream,
            kept: VecDeque::new(),
        }
    }

    /// Stops the router and waits until it has.
    pub(crate) async fn close(mut self) {
        self.shutdown.cancel();
        let running = self.running.take().unwrap();
        tokio::time::timeout(PATIENCE, running.stopped())
            .await
            .unwrap()
            .unwrap();
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

/// What the subgraph `catalog` serves beside the graph.
fn proxied() -> Route {
    Route {
        method: http::Method::POST,
        path: "/catalog/".to_owned(),
        max_body_bytes: 1_000,
        target: RouteTarget::Subgraph("catalog".to_owned()),
    }
}

/// Gives back what it is sent.
fn echo() -> Route {
    Route {
        method: http::Method::POST,
        path: "/webhooks/echo".to_owned(),
        max_body_bytes: 1_000,
        target: RouteTarget::Handler(Arc::new(|request| {
            async move {
                tokio::spawn(async {}).await.unwrap();
                let address = request
                    .extensions()
                    .get::<router::ClientAddress>()
                    .unwrap()
                    .0;
                let signature = request.headers()["x-signature"].clone();
                http::Response::builder()
                    .status(202)
                    .header("x-signature", signature)
                    .header("x-address", address.to_string())
                    .body(request.into_body())
                    .unwrap()
            }
            .boxed()
        })),
    }
}

pub(crate) fn events(text: &str) -> Vec<Value> {
    text.split("\n\n")
        .filter_map(|event| event.strip_prefix("event: next\ndata: "))
        .map(|json| serde_json::from_str(json).unwrap())
        .collect()
}

/// The code of an answer's only error.
pub(crate) fn code(answer: &Value) -> Code {
    let errors = answer["errors"]
        .as_array()
        .unwrap_or_else(|| panic!("no errors in {answer}"));
    assert_eq!(errors.len(), 1, "{answer}");
    code_of(&errors[0])
}

/// The code of one error, whose shape is checked too.
pub(crate) fn code_of(error: &Value) -> Code {
    let extensions = &error["extensions"];
    let name = extensions["code"]
        .as_str()
        .unwrap_or_else(|| panic!("no code in {error}"));
    let code = Code::ALL
        .into_iter()
        .find(|code| code.as_str() == name)
        .unwrap_or_else(|| panic!("{name} is no code of ours"));
    assert_eq!(extensions["retryable"], code.retryable(), "{error}");
    let trace = extensions["traceId"].as_str().unwrap_or_default();
    assert_eq!(trace.len(), 32, "{error}");
    assert_eq!(extensions["service"], Value::Null, "{error}");
    code
}

pub(crate) struct Socket {
    pub(crate) stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    kept: VecDeque<Value>,
}

impl Socket {
    pub(crate) async fn say(&mut self, message: Value) {
        self.stream
            .send(Message::text(message.to_string()))
            .await
            .unwrap();
    }

    pub(crate) async fn subscribe(&mut self, id: &str, query: &str) {
        self.say(json!({ "id": id, "type": "subscribe", "payload": { "query": query } }))
            .await;
    }

    /// The next message of the protocol.
    pub(crate) async fn hear(&mut self) -> Value {
        if let Some(kept) = self.kept.pop_front() {
            return kept;
        }
        loop {
            match self.frame().await {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("unexpected {other:?}"),
            }
        }
    }

    pub(crate) async fn frame(&mut self) -> Message {
        tokio::time::timeout(PATIENCE, self.stream.next())
            .await
            .unwrap()
            .unwrap()
            .unwrap()
    }

    /// Everything about one operation until it ends; the payloads, and the errors it ended with.
    pub(crate) async fn finish(&mut self, id: &str) -> (Vec<Value>, Option<Value>) {
        let (mut payloads, mut others) = (Vec::new(), VecDeque::new());
        let end = loop {
            let mut message = self.hear().await;
            if message["id"] != id {
                others.push_back(message);
                continue;
            }
            match message["type"].as_str().unwrap() {
                "next" => payloads.push(message["payload"].take()),
                "complete" => break None,
                "error" => break Some(message["payload"].take()),
                other => panic!("unexpected {other}"),
            }
        };
        self.kept.append(&mut others);
        (payloads, end)
    }

    /// How the connection is closed, after whatever else is said.
    pub(crate) async fn closed(&mut self) -> CloseFrame {
        loop {
            if let Message::Close(frame) = self.frame().await {
                return frame.unwrap();
            }
        }
    }
}
