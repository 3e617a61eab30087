//! Whoever speaks Stripe's protocol.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use serde_json::Value;
use stripe_emulator::{Emulator, EmulatorConfig};
use tempfile::TempDir;

pub(crate) const SECRET_KEY: &str = "sk_test_contract";
const PATIENCE: Duration = Duration::from_secs(30);

/// Where a provider is, and the key for it.
pub(crate) struct Provider {
    pub(crate) url: String,
    pub(crate) key: String,
}

/// An emulator whose webhooks nobody hears; it runs as long as the second part is kept.
pub(crate) async fn emulator() -> (Provider, (Emulator, TempDir)) {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("stripe.sqlite");
    let config = EmulatorConfig::new(file, SECRET_KEY, "pk_test_contract", "whsec_contract");
    let emulator = Emulator::start(config).await.unwrap();
    (Provider::at(&emulator.url()), (emulator, folder))
}

impl Provider {
    pub(crate) fn at(url: &str) -> Self {
        Self {
            url: url.trim_end_matches('/').to_owned(),
            key: SECRET_KEY.to_owned(),
        }
    }

    /// Status and body of the answer to a request.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        parameters: &[(String, String)],
    ) -> (u16, Value) {
        let form = encode(parameters);
        let (query, body) = match method {
            "GET" => (form, String::new()),
            _ => (String::new(), form),
        };
        let mark = if query.is_empty() { "" } else { "?" };
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}{mark}{query}", self.url))
            .header("content-type", "application/x-www-form-urlencoded");
        if !self.key.is_empty() {
            request = request.header("authorization", format!("Bearer {}", self.key));
        }
        let request = request.body(Full::new(Bytes::from(body))).unwrap();
        let client = Client::builder(TokioExecutor::new()).build_http();
        let response = tokio::time::timeout(PATIENCE, client.request(request))
            .await
            .unwrap()
            .unwrap();
        let status = response.status().as_u16();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&bytes).unwrap())
    }

    async fn make(&self, path: &str, parameters: &[(&str, &str)]) -> Value {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let parameters: Vec<_> = parameters.iter().map(owned).collect();
        let (status, made) = self.send("POST", path, &parameters).await;
        assert_eq!(status, 200, "{made:#}");
        made
    }

    /// New objects for a row of the table: an open intent, a paid one with its charge and a refund, an event.
    pub(crate) async fn ids(&self) -> Vec<(&'static str, String)> {
        const NEW: &[(&str, &str)] = &[("amount", "4999"), ("currency", "usd")];
        let id = |value: &Value| value["id"].as_str().unwrap().to_owned();
        let paid = self.make("/v1/payment_intents", NEW).await;
        let confirm = format!("/v1/payment_intents/{}/confirm", id(&paid));
        let how = [
            ("payment_method", "pm_card_visa"),
            ("return_url", "https://shop.example/back"),
        ];
        let paid = self.make(&confirm, &how).await;
        let refund = [("payment_intent", &*id(&paid)), ("amount", "1")];
        let refund = self.make("/v1/refunds", &refund).await;
        let open = self.make("/v1/payment_intents", NEW).await;
        // Not the oldest one: a list that begins after it has items.
        let (_, events) = self.send("GET", "/v1/events", &[]).await;
        vec![
            ("open", id(&open)),
            ("paid", id(&paid)),
            ("charge", refund["charge"].as_str().unwrap().to_owned()),
            ("refund", id(&refund)),
            ("event", id(&events["data"][0])),
        ]
    }
}

fn encode(parameters: &[(String, String)]) -> String {
    let escape = |text: &str| {
        text.bytes()
            .map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                    char::from(byte).to_string()
                }
                _ => format!("%{byte:02X}"),
            })
            .collect::<String>()
    };
    parameters
        .iter()
        .map(|(name, value)| format!("{}={}", escape(name), escape(value)))
        .collect::<Vec<_>>()
        .join("&")
}
