//! A client of the graph, as a frontend is one.

use serde_json::{Value, json};
use testkit::Answer;

use crate::Stream;

/// Sends operations over HTTP, as itself or as whoever it signed in as.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    /// The access token it sends.
    pub token: Option<String>,
}

impl Client {
    /// A client of the shop at `base`.
    pub fn of(base: &str) -> Self {
        let http = reqwest::Client::builder()
            .no_proxy()
            // It speaks plain HTTP; the system's certificates take longer to read than most requests.
            .tls_built_in_root_certs(false)
            .build()
            .expect("a client");
        Self {
            http,
            base: base.to_owned(),
            token: None,
        }
    }

    /// The same client with this access token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self {
            token: Some(token.to_owned()),
            ..self.clone()
        }
    }

    /// Sends an operation; fails the test when no GraphQL response comes back.
    pub async fn graphql(&self, query: &str, variables: Value) -> Answer {
        self.try_graphql(query, variables)
            .await
            .expect("a GraphQL response")
    }

    /// Sends an operation; an error when the shop went away.
    pub async fn try_graphql(
        &self,
        query: &str,
        variables: Value,
    ) -> Result<Answer, reqwest::Error> {
        let mut request = self
            .http
            .post(format!("{}/graphql", self.base))
            .json(&json!({ "query": query, "variables": variables }));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        Ok(Answer(request.send().await?.json().await?))
    }

    /// Opens a subscription over WebSocket.
    pub async fn subscribe(&self, query: &str, variables: Value) -> Stream {
        Stream::open(&self.base, self.token.as_deref(), query, variables).await
    }

    /// Any other request to the shop.
    pub fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// Where the shop is.
    pub fn base(&self) -> &str {
        &self.base
    }
}
