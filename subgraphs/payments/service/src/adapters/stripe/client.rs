//! Stripe's HTTP over connections that are kept open, with retries under one idempotency key.

use std::{
    fmt::Display,
    time::{Duration, Instant},
};

use bytes::Bytes;
use clock::Clock;
use http::{HeaderValue, Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use payments_domain::Backoff;
use serving::{StartError, config::Secret};
use stripe_client_core::{
    CustomizedStripeRequest, IdempotencyKey, RequestBuilder, RequestStrategy, StripeClient,
    StripeClientErr, StripeMethod, VERSION,
};
use stripe_shared::ApiErrors;
use tokio::sync::Semaphore;

use super::breaker::Breaker;
use crate::Config;

const STRIPE: &str = "https://api.stripe.com";
const USER_AGENT: &str = concat!("Emporium/", env!("CARGO_PKG_VERSION"));
const LARGEST_ANSWER: usize = 8 * 1024 * 1024;
const LONGEST_BACKOFF: Duration = Duration::from_secs(2);

/// Makes calls to Stripe's API. Implements the client trait of async-stripe, so its requests can be sent
/// by it.
pub(super) struct HttpClient {
    http: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    base: String,
    authorization: HeaderValue,
    timeout: Duration,
    attempts: u32,
    backoff: Backoff,
    room: Semaphore,
    breaker: Breaker,
    clock: Clock,
}

/// Why a call brought no object.
#[derive(Debug, thiserror::Error)]
pub(super) enum CallError {
    /// Stripe refuses the request; its error says why.
    #[error("refused with status {1}: {message}", message = .0.message.as_deref().unwrap_or_default())]
    Refused(Box<ApiErrors>, u16),
    /// No answer, or one that says to try again.
    #[error("{0}")]
    Unavailable(String),
}

impl StripeClientErr for CallError {
    fn deserialize_err(message: impl Display) -> Self {
        Self::Unavailable(format!("unreadable answer: {message}"))
    }
}

/// What one try brought.
enum Try {
    Answer(Bytes),
    Final(CallError),
    Again(String),
}

impl HttpClient {
    pub(super) fn new(config: &Config, clock: Clock) -> Result<Self, StartError> {
        let setting = |text: String| StartError::Setting(format!("[payments] {text}"));
        let base = if config.api_url.is_empty() {
            STRIPE
        } else {
            &config.api_url
        };
        let base = base.trim_end_matches('/').to_owned();
        base.parse::<http::Uri>()
            .ok()
            .filter(|uri| {
                matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some()
            })
            .ok_or_else(|| setting(format!("`api_url` is no http or https URL: {base}")))?;
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_nodelay(true);
        http.set_connect_timeout(Some(Duration::from_millis(config.call_timeout_ms)));
        let connector = HttpsConnectorBuilder::new()
            .with_provider_and_webpki_roots(rustls::crypto::ring::default_provider())
            .map_err(|error| StartError::other("setting up TLS", error))?
            .https_or_http()
            .enable_http1()
            .wrap_connector(http);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(30))
            .pool_max_idle_per_host(config.call_concurrency)
            .build(connector);
        Ok(Self {
            http: client,
            base,
            authorization: bearer(&config.secret_key)
                .ok_or_else(|| setting("`secret_key` has characters that no key has".to_owned()))?,
            timeout: Duration::from_millis(config.call_timeout_ms),
            attempts: config.call_attempts,
            backoff: Backoff {
                first: Duration::from_millis(config.call_backoff_ms),
                longest: LONGEST_BACKOFF,
            },
            room: Semaphore::new(config.call_concurrency),
            breaker: Breaker::new(
                config.breaker_failures,
                Duration::from_millis(config.breaker_rest_ms),
            ),
            clock,
        })
    }

    /// Makes a call, again while that may help, always under the same key. It takes at most twice the timeout.
    pub(super) async fn call(
        &self,
        call: &RequestBuilder,
        key: Option<&str>,
    ) -> Result<Bytes, CallError> {
        let began = Instant::now();
        let mut tries = 0;
        loop {
            if !self.breaker.lets_in() {
                return Err(CallError::Unavailable(
                    "it failed often; it is spared for a moment".to_owned(),
                ));
            }
            let outcome = {
                let _room = tokio::time::timeout(self.timeout, self.room.acquire())
                    .await
                    .map_err(|_| CallError::Unavailable("too many calls are under way".to_owned()))?
                    .map_err(|error| CallError::Unavailable(error.to_string()))?;
                self.try_once(self.request(call, key)?).await
            };
            tries += 1;
            match outcome {
                Try::Answer(body) => {
                    self.breaker.succeeded();
                    return Ok(body);
                }
                Try::Final(error) => {
                    self.breaker.succeeded();
                    return Err(error);
                }
                Try::Again(reason) => {
                    self.breaker.failed();
                    if tries >= self.attempts || began.elapsed() >= self.timeout {
                        return Err(CallError::Unavailable(reason));
                    }
                    tracing::debug!(
                        stripe.path = call.path,
                        stripe.tries = tries,
                        reason,
                        "call is tried again"
                    );
                    tokio::time::sleep(self.pause(tries - 1)).await;
                }
            }
        }
    }

    /// The time between two tries: full jitter, so from nothing to the doubled wait.
    fn pause(&self, tries: u32) -> Duration {
        self.backoff.after(tries, 0).mul_f64(self.clock.fraction())
    }

    fn request(
        &self,
        call: &RequestBuilder,
        key: Option<&str>,
    ) -> Result<Request<Full<Bytes>>, CallError> {
        let mut uri = format!("{}/v1{}", self.base, call.path);
        if let Some(query) = call.query.as_deref().filter(|query| !query.is_empty()) {
            uri.push('?');
            uri.push_str(query);
        }
        let mut request = Request::builder()
            .method(match call.method {
                StripeMethod::Get => Method::GET,
                StripeMethod::Post => Method::POST,
                StripeMethod::Delete => Method::DELETE,
            })
            .uri(uri)
            .header(header::AUTHORIZATION, self.authorization.clone())
            .header(header::USER_AGENT, USER_AGENT)
            .header("stripe-version", VERSION.as_str());
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        if call.body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        let body = Full::new(Bytes::from(call.body.clone().unwrap_or_default()));
        request
            .body(body)
            .map_err(|error| CallError::Unavailable(error.to_string()))
    }

    async fn try_once(&self, request: Request<Full<Bytes>>) -> Try {
        let exchange = async {
            let response = self
                .http
                .request(request)
                .await
                .map_err(|error| chain(&error))?;
            let (parts, body) = response.into_parts();
            let body = Limited::new(body, LARGEST_ANSWER)
                .collect()
                .await
                .map_err(|error| chain(&*error))?
                .to_bytes();
            Ok::<_, String>((parts, body))
        };
        let (parts, body) = match tokio::time::timeout(self.timeout, exchange).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => return Try::Again(error),
            Err(_) => return Try::Again(format!("no answer within {:?}", self.timeout)),
        };
        if parts.status.is_success() {
            return Try::Answer(body);
        }
        // https://docs.stripe.com/error-low-level: the header has the last word.
        let said = parts
            .headers
            .get("stripe-should-retry")
            .and_then(|value| value.to_str().ok());
        let again = match said {
            Some("true") => true,
            Some("false") => false,
            _ => matches!(parts.status.as_u16(), 409 | 424 | 429 | 500..=599),
        };
        let text = format!("status {}", parts.status);
        if again {
            return Try::Again(text);
        }
        if parts.status.is_server_error()
            || matches!(
                parts.status,
                StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN
            )
        {
            return Try::Final(CallError::Unavailable(text));
        }
        Try::Final(match std::str::from_utf8(&body).ok().and_then(error_of) {
            Some(error) => CallError::Refused(error, parts.status.as_u16()),
            None => CallError::Unavailable(format!("{text} without a readable error")),
        })
    }
}

impl StripeClient for HttpClient {
    type Err = CallError;

    async fn execute(&self, request: CustomizedStripeRequest) -> Result<Bytes, CallError> {
        let (call, customized) = request.into_pieces();
        let key = match customized.request_strategy {
            Some(RequestStrategy::Idempotent(key)) => Some(key),
            _ => None,
        };
        self.call(&call, key.as_ref().map(IdempotencyKey::as_str))
            .await
    }
}

fn bearer(secret: &Secret) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", secret.reveal())).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Stripe's error object, `{"error": {…}}`. Read as async-stripe reads all objects: serde would make code of its own for every
/// kind of object that an error may hold, minutes of a build.
fn error_of(body: &str) -> Option<Box<ApiErrors>> {
    miniserde::json::from_str::<stripe_shared::Error>(body)
        .ok()
        .map(|error| error.error)
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}
