//! Requests to the server and what its answers mean.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use elasticsearch::{
    auth::Credentials,
    cert::{Certificate, CertificateValidation},
    http::{
        Method, Url,
        headers::HeaderMap,
        transport::{SingleNodeConnectionPool, Transport, TransportBuilder},
    },
};
use serde_json::Value;
use serving::{StartError, config::Secret};

use super::breaker::{Breaker, REST};
use crate::adapters::search::SearchError;

/// How long a request of the indexer may take: a full bulk on a busy server.
const WRITING: Duration = Duration::from_mins(1);

/// Where the server is and who asks.
#[derive(Clone, Debug)]
pub(crate) struct Access {
    pub url: String,
    /// Empty for none.
    pub username: String,
    pub password: Secret,
    /// Certificates in PEM that sign the server's; beside those that are known to everybody.
    pub ca_file: Option<PathBuf>,
    /// The alias, and the beginning of the names of all indices.
    pub index: String,
    /// How long a shopper's search may take.
    pub patience: Duration,
}

/// What the server answered: a success, or one of the statuses that callers tell apart.
#[derive(Debug)]
pub(super) struct Reply {
    pub status: u16,
    pub body: Value,
}

impl Reply {
    /// The body of a success.
    pub(super) fn success(self) -> Result<Value, SearchError> {
        if (200..300).contains(&self.status) {
            Ok(self.body)
        } else {
            Err(refused(self.status, &self.body))
        }
    }

    /// The body of a success, none when what was asked for is not there.
    pub(super) fn found(self) -> Result<Option<Value>, SearchError> {
        if self.status == 404 {
            Ok(None)
        } else {
            self.success().map(Some)
        }
    }
}

/// The server, asked over connections that are kept.
pub(super) struct Client {
    transport: Transport,
    breaker: Breaker,
    patience: Duration,
}

impl Client {
    /// Prepares to ask; reaches nobody yet.
    pub(super) fn new(access: &Access) -> Result<Self, StartError> {
        let url = Url::parse(&access.url).map_err(|error| {
            StartError::Setting(format!(
                "products: `elasticsearch_url` is no URL such as https://search:9200: {error}"
            ))
        })?;
        let mut builder = TransportBuilder::new(SingleNodeConnectionPool::new(url)).disable_proxy();
        if !access.username.is_empty() {
            builder = builder.auth(Credentials::Basic(
                access.username.clone(),
                access.password.reveal().to_owned(),
            ));
        }
        if let Some(file) = &access.ca_file {
            let wrong = |error: &dyn std::fmt::Display| {
                StartError::Setting(format!(
                    "products: `elasticsearch_ca_file` {} holds no certificates in PEM: {error}",
                    file.display()
                ))
            };
            let pem = std::fs::read(file).map_err(|error| wrong(&error))?;
            let signers = Certificate::from_pem(&pem).map_err(|error| wrong(&error))?;
            builder = builder.cert_validation(CertificateValidation::Full(signers));
        }
        let transport = builder
            .build()
            .map_err(|error| StartError::other("the client of Elasticsearch", error))?;
        Ok(Self {
            transport,
            breaker: Breaker::default(),
            patience: access.patience,
        })
    }

    /// Asks for a shopper: quickly, and not at all while the server is known to be away.
    pub(super) async fn ask(
        &self,
        path: &str,
        parameters: &[(&str, &str)],
        body: &Value,
    ) -> Result<Value, SearchError> {
        self.breaker
            .pass(Instant::now())
            .map_err(|wait| SearchError::Away {
                cause: "it did not answer a moment ago".into(),
                wait,
            })?;
        let body = Some(body.to_string());
        let sent = self.send(Method::Post, path, parameters, body, self.patience);
        let answer = sent.await;
        let away = matches!(answer, Err(SearchError::Away { .. }));
        self.breaker.note(!away, Instant::now());
        answer?.success()
    }

    /// Asks or tells for the indexer.
    pub(super) async fn tell(
        &self,
        method: Method,
        path: &str,
        parameters: &[(&str, &str)],
        body: Option<String>,
    ) -> Result<Reply, SearchError> {
        self.send(method, path, parameters, body, WRITING).await
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        parameters: &[(&str, &str)],
        body: Option<String>,
        patience: Duration,
    ) -> Result<Reply, SearchError> {
        let sent = self.transport.send(
            method,
            path,
            HeaderMap::new(),
            Some(parameters),
            body,
            Some(patience),
        );
        let response = sent.await.map_err(away)?;
        let status = response.status_code().as_u16();
        let text = response.text().await.map_err(away)?;
        let body: Value = serde_json::from_str(&text).unwrap_or(Value::String(text));
        match status {
            200..300 | 404 | 409 => Ok(Reply { status, body }),
            408 | 429 | 502..=504 => Err(SearchError::Away {
                cause: format!("it answers {status}: {}", reason(&body)).into(),
                wait: REST,
            }),
            _ => Err(refused(status, &body)),
        }
    }
}

fn away(error: elasticsearch::Error) -> SearchError {
    SearchError::Away {
        cause: error.into(),
        wait: REST,
    }
}

fn refused(status: u16, body: &Value) -> SearchError {
    let mend = match status {
        401 | 403 => "; look at `elasticsearch_username` and `elasticsearch_password`",
        _ => "",
    };
    SearchError::Refused(format!("{status}: {}{mend}", reason(body)))
}

/// Why the server refuses, in its own words.
fn reason(body: &Value) -> String {
    let said = body
        .pointer("/error/root_cause/0/reason")
        .or_else(|| body.pointer("/error/reason"))
        .or_else(|| body.get("error"))
        .unwrap_or(body);
    let said = said
        .as_str()
        .map_or_else(|| said.to_string(), str::to_owned);
    said.chars().take(500).collect()
}
