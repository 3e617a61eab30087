//! Calls a subgraph over the network, in place of hive-router's own client, which knows one URL and no retries.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use hive_router::{
    executor::{
        executors::{
            common::{SubgraphExecutionRequest, SubgraphExecutor},
            error::SubgraphExecutorError,
            http::build_request_body,
        },
        plugin_context::PluginRequestState,
        response::subgraph_response::SubgraphResponse,
    },
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri,
        header::{AUTHORIZATION, CONTENT_TYPE},
        uri::PathAndQuery,
    },
};
use serving::CLIENT_ADDRESS;
use tokio::runtime::Handle;
use tokio_util::context::TokioContext;

use super::fleet::{Call, Fleet, Unanswered};
use crate::{caller::Caller, faults, metrics::Metrics};

/// One subgraph elsewhere.
pub(crate) struct HttpExecutor {
    pub(crate) fleet: Arc<Fleet>,
    /// The runtime that connections live in.
    pub(crate) runtime: Handle,
    pub(crate) metrics: Arc<Metrics>,
    /// Whether hive-router's breaker is on.
    pub(crate) breaker: bool,
    /// For hive-router's logs.
    pub(crate) endpoint: Uri,
}

#[async_trait]
impl SubgraphExecutor for HttpExecutor {
    fn executor_name(&self) -> &'static str {
        "replicas"
    }

    fn endpoint(&self) -> &Uri {
        &self.endpoint
    }

    async fn execute<'a>(
        &self,
        request: SubgraphExecutionRequest<'a>,
        limit: Option<Duration>,
        state: Option<&'a PluginRequestState<'a>>,
    ) -> Result<SubgraphResponse<'static>, SubgraphExecutorError> {
        let began = Instant::now();
        let caller = state
            .and_then(|state| {
                state
                    .context
                    .get_ref::<Arc<Caller>>()
                    .map(|found| Arc::clone(&found))
            })
            .ok_or(SubgraphExecutorError::StaticEndpointNotFound)?;
        let limit = limit
            .unwrap_or(Duration::MAX)
            .min(caller.deadline.saturating_duration_since(began));
        let call = Call {
            method: Method::POST,
            path: PathAndQuery::from_static("/graphql"),
            headers: headers(&caller),
            body: Bytes::from(build_request_body(&request)?),
            safe: !request.query.trim_start().starts_with("mutation"),
            deadline: began + limit,
        };
        let answer = TokioContext::new(self.fleet.send(call), self.runtime.clone()).await;
        self.metrics
            .subgraph(&self.fleet.name, answer.is_ok(), began.elapsed());
        match answer {
            Ok(response) if response.status() == StatusCode::OK => {
                SubgraphResponse::deserialize_from_bytes(
                    response.into_body(),
                    request.custom_scalar_paths,
                )
            }
            Ok(response) => {
                // A subgraph that refused may have said why.
                let said = SubgraphResponse::deserialize_from_bytes(
                    response.into_body(),
                    request.custom_scalar_paths,
                );
                match said {
                    Ok(said) if said.errors.as_ref().is_some_and(|all| !all.is_empty()) => {
                        self.failed(said)
                    }
                    _ => self.failed(answer_of(Unanswered::Away)),
                }
            }
            Err(Unanswered::Busy) => Ok(answer_of(Unanswered::Busy)),
            Err(why) => self.failed(answer_of(why)),
        }
    }

    async fn subscribe<'a>(
        &self,
        _request: SubgraphExecutionRequest<'a>,
        _limit: Option<Duration>,
    ) -> Result<
        BoxStream<'static, Result<SubgraphResponse<'static>, SubgraphExecutorError>>,
        SubgraphExecutorError,
    > {
        // Subscriptions never come here: they have executors of their own, made from the URLs.
        Err(SubgraphExecutorError::StaticEndpointNotFound)
    }
}

fn headers(caller: &Caller) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let mut insert = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    };
    if let Some(authorization) = &caller.authorization {
        insert(AUTHORIZATION, authorization);
    }
    insert(
        HeaderName::from_static(CLIENT_ADDRESS),
        &caller.address.to_string(),
    );
    if let Some(traceparent) = telemetry::trace::traceparent() {
        insert(HeaderName::from_static("traceparent"), &traceparent);
    }
    headers
}

impl HttpExecutor {
    /// An answer that says why there is none, as hive-router's breaker counts it: as the failure of a server. The breaker
    /// gives it back as it is. What was refused because too much is under way already is none.
    fn failed(
        &self,
        answer: SubgraphResponse<'static>,
    ) -> Result<SubgraphResponse<'static>, SubgraphExecutorError> {
        if self.breaker {
            Err(SubgraphExecutorError::InternalServerError(Box::new(answer)))
        } else {
            Ok(answer)
        }
    }
}

fn answer_of(why: Unanswered) -> SubgraphResponse<'static> {
    SubgraphResponse {
        errors: Some(vec![faults::graphql(&why.fault())]),
        ..SubgraphResponse::default()
    }
}
