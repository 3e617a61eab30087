use std::time::Duration;

use bytes::Bytes;
use http::{Request, Uri, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::signature;
use crate::error::EmulatorError;
use crate::time;

/// Most that is read of an endpoint's answer.
const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// The endpoint that webhooks are sent to, over connections that are kept open.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    client: Client<HttpConnector, Full<Bytes>>,
    secret: String,
    timeout: Duration,
}

/// Reads an absolute `http://` URL.
pub(crate) fn parse_url(url: &str) -> Result<Uri, EmulatorError> {
    match url.parse::<Uri>() {
        Ok(uri) if uri.scheme_str() == Some("http") && uri.authority().is_some() => Ok(uri),
        _ => Err(EmulatorError::WebhookUrl(url.to_owned())),
    }
}

impl Endpoint {
    pub(crate) fn new(secret: String, timeout: Duration) -> Self {
        let client = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(Duration::from_secs(30))
            .pool_timer(TokioTimer::new())
            .build(HttpConnector::new());
        Self {
            client,
            secret,
            timeout,
        }
    }

    /// One attempt, signed with the present time. Anything but 2xx is a failure, in words.
    pub(super) async fn deliver(&self, url: &Uri, payload: Bytes) -> Result<(), String> {
        let signature = signature::header(&self.secret, time::now_ms().div_euclid(1000), &payload);
        let request = Request::post(url)
            .header(header::CONTENT_TYPE, "application/json; charset=utf-8")
            .header(
                header::USER_AGENT,
                "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            )
            .header(header::ACCEPT, "*/*; q=0.5, application/xml")
            .header("stripe-signature", signature)
            .body(Full::new(payload))
            .map_err(|error| error.to_string())?;
        let exchange = async {
            let answer = self
                .client
                .request(request)
                .await
                .map_err(|error| error.to_string())?;
            let status = answer.status();
            // The body is read so that the connection can be used again; what it says is of no
            // interest, nor whether it was too long.
            let _ = Limited::new(answer.into_body(), MAX_ANSWER_BYTES)
                .collect()
                .await;
            if status.is_success() {
                Ok(())
            } else {
                Err(format!("answered {status}"))
            }
        };
        match tokio::time::timeout(self.timeout, exchange).await {
            Ok(result) => result,
            Err(_) => Err("did not answer in time".to_owned()),
        }
    }
}
