use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use reqwest::Method;
use serde_json::Value;
use stripe_emulator::{Emulator, EmulatorConfig, RetrySchedule};
use stripe_webhook::Webhook;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub(crate) const SECRET_KEY: &str = "sk_test_shop";
pub(crate) const PUBLISHABLE_KEY: &str = "pk_test_shop";
pub(crate) const WEBHOOK_SECRET: &str = "whsec_shop";
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// An emulator, a client for it and a receiver of its webhooks.
pub(crate) struct Shop {
    pub(crate) emulator: Emulator,
    pub(crate) client: Client,
    pub(crate) hooks: Hooks,
    pub(crate) folder: TempDir,
}

pub(crate) fn config(folder: &TempDir) -> EmulatorConfig {
    let mut config = EmulatorConfig::new(
        folder.path().join("stripe.sqlite"),
        SECRET_KEY,
        PUBLISHABLE_KEY,
        WEBHOOK_SECRET,
    );
    config.retry = RetrySchedule {
        first: Duration::from_millis(20),
        longest: Duration::from_millis(200),
        ..RetrySchedule::default()
    };
    config.settle_after = Duration::from_millis(100);
    config
}

impl Shop {
    pub(crate) async fn open() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut EmulatorConfig)) -> Self {
        let folder = TempDir::new().unwrap();
        let hooks = Hooks::listen().await;
        let mut config = config(&folder);
        config.webhook_url = Some(hooks.url());
        change(&mut config);
        let emulator = Emulator::start(config).await.unwrap();
        Self {
            client: Client::new(emulator.address()),
            emulator,
            hooks,
            folder,
        }
    }

    pub(crate) async fn create(&self, body: &str) -> Value {
        self.client.post("/v1/payment_intents", body).await.ok()
    }

    /// A card payment that needs no return URL.
    pub(crate) async fn card_intent(&self) -> String {
        let intent = self
            .create("amount=2000&currency=usd&payment_method_types[]=card")
            .await;
        text(&intent, "id")
    }

    pub(crate) async fn confirm(&self, intent: &str, method: &str) -> Answer {
        let path = format!("/v1/payment_intents/{intent}/confirm");
        self.client
            .post(&path, &format!("payment_method={method}"))
            .await
    }

    pub(crate) async fn paid(&self) -> String {
        let intent = self.card_intent().await;
        self.confirm(&intent, "pm_card_visa").await.ok();
        intent
    }

    pub(crate) async fn retrieve(&self, intent: &str) -> Value {
        self.client
            .get(&format!("/v1/payment_intents/{intent}"))
            .await
            .ok()
    }
}

pub(crate) fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap().to_owned()
}

/// Waits for something to become so.
pub(crate) async fn until<T, F: Future<Output = Option<T>>>(
    what: &str,
    check: impl Fn() -> F,
) -> T {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        if let Some(found) = check().await {
            return found;
        }
        assert!(tokio::time::Instant::now() < deadline, "never came: {what}");
        // Between two looks at the condition.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: String,
    pub(crate) key: String,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        self.body
    }

    pub(crate) fn refused(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body["error"].clone()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

impl Client {
    pub(crate) fn new(address: SocketAddr) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self {
            http: reqwest::Client::new(),
            base: format!("http://{address}"),
            key: SECRET_KEY.to_owned(),
        }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.base))
            .bearer_auth(&self.key)
    }

    pub(crate) async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        self.try_send(request).await.unwrap()
    }

    pub(crate) async fn try_send(
        &self,
        request: reqwest::RequestBuilder,
    ) -> Result<Answer, reqwest::Error> {
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await?;
        let body = serde_json::from_slice(&bytes)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()));
        Ok(Answer {
            status,
            headers,
            body,
        })
    }

    pub(crate) async fn post(&self, path: &str, body: &str) -> Answer {
        self.send(self.form(path, body)).await
    }

    pub(crate) async fn post_with_key(&self, path: &str, body: &str, key: &str) -> Answer {
        self.send(self.form(path, body).header("Idempotency-Key", key))
            .await
    }

    pub(crate) fn form(&self, path: &str, body: &str) -> reqwest::RequestBuilder {
        self.request(Method::POST, path)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body.to_owned())
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }
}

/// A receiver of webhooks that checks every signature with Stripe's own code.
pub(crate) struct Hooks {
    address: SocketAddr,
    received: Arc<Mutex<Vec<Value>>>,
    refusals: Arc<AtomicU32>,
    server: JoinHandle<()>,
}

impl Hooks {
    pub(crate) async fn listen() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let received = Arc::new(Mutex::new(Vec::new()));
        let refusals = Arc::new(AtomicU32::new(0));
        let server = tokio::spawn(serve(
            listener,
            Arc::clone(&received),
            Arc::clone(&refusals),
        ));
        Self {
            address,
            received,
            refusals,
            server,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/webhooks/stripe", self.address)
    }

    /// Answers the next so many webhooks with 500.
    pub(crate) fn refuse(&self, count: u32) {
        self.refusals.store(count, Ordering::SeqCst);
    }

    pub(crate) fn events(&self) -> Vec<Value> {
        self.received.lock().unwrap().clone()
    }

    /// The types of the accepted events that concern an object, in the order of their arrival.
    pub(crate) fn kinds(&self, id: &str) -> Vec<String> {
        let concerns = |event: &&Value| {
            let object = &event["data"]["object"];
            object["id"] == id || object["payment_intent"] == id
        };
        self.events()
            .iter()
            .filter(concerns)
            .map(|event| text(event, "type"))
            .collect()
    }

    /// Waits until events of all these types have come for an object.
    pub(crate) async fn expect(&self, id: &str, kinds: &[&str]) {
        let mut wanted: Vec<String> = kinds.iter().map(|kind| (*kind).to_owned()).collect();
        wanted.sort();
        let what = format!("{wanted:?} for {id}");
        until(&what, async || {
            let mut got = self.kinds(id);
            got.sort();
            (got == wanted).then_some(())
        })
        .await;
    }
}

impl Drop for Hooks {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(listener: TcpListener, received: Arc<Mutex<Vec<Value>>>, refusals: Arc<AtomicU32>) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let (received, refusals) = (Arc::clone(&received), Arc::clone(&refusals));
        let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
            let (received, refusals) = (Arc::clone(&received), Arc::clone(&refusals));
            async move {
                let signature = request.headers()["stripe-signature"]
                    .to_str()
                    .unwrap()
                    .to_owned();
                let bytes = request.into_body().collect().await.unwrap().to_bytes();
                let payload = std::str::from_utf8(&bytes).unwrap();
                Webhook::construct_event(payload, &signature, WEBHOOK_SECRET).unwrap();
                assert!(Webhook::construct_event(payload, &signature, "whsec_other").is_err());
                let refuse = refusals.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                    left.checked_sub(1)
                });
                let status = if refuse.is_ok() {
                    500
                } else {
                    received
                        .lock()
                        .unwrap()
                        .push(serde_json::from_str(payload).unwrap());
                    200
                };
                let response = hyper::Response::builder()
                    .status(status)
                    .body(Full::new(Bytes::new()))
                    .unwrap();
                Ok::<_, Infallible>(response)
            }
        });
        tokio::spawn(
            hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service),
        );
    }
}
