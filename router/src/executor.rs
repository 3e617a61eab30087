//! Calls a subgraph in this process in place of its URL.

use std::{
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use bytes::Bytes;
use futures::{FutureExt as _, stream::BoxStream};
use hive_router::{
    executor::{
        executors::{
            common::{SubgraphExecutionRequest, SubgraphExecutor},
            error::SubgraphExecutorError,
        },
        plugin_context::PluginRequestState,
        response::subgraph_response::SubgraphResponse,
    },
    http::Uri,
    sonic_rs,
};
use tokio::{runtime::Handle, time::timeout};
use tokio_util::context::TokioContext;

use crate::{
    caller::Caller,
    metrics::Metrics,
    transport::{InProcess, SubgraphAnswer, SubgraphRequest},
};

/// One subgraph of this process.
pub(crate) struct InProcessExecutor {
    pub(crate) name: String,
    pub(crate) subgraphs: Arc<dyn InProcess>,
    /// The runtime that the subgraph lives in.
    pub(crate) runtime: Handle,
    pub(crate) metrics: Arc<Metrics>,
    /// Where it is served as well; for hive-router's logs.
    pub(crate) endpoint: Uri,
}

#[async_trait]
impl SubgraphExecutor for InProcessExecutor {
    fn executor_name(&self) -> &'static str {
        "in-process"
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
        let call = SubgraphRequest {
            query: request.query,
            operation_name: request.operation_name.as_deref(),
            variables: variables(&request)?,
            authorization: caller.authorization.as_deref(),
            client_address: caller.address,
            traceparent: telemetry::trace::traceparent(),
            deadline: began + limit,
        };
        let call = AssertUnwindSafe(self.subgraphs.execute(&self.name, call)).catch_unwind();
        let run = async { timeout(limit, call).await };
        let outcome = TokioContext::new(run, self.runtime.clone()).await;
        self.metrics
            .subgraph(&self.name, matches!(outcome, Ok(Ok(_))), began.elapsed());
        match outcome? {
            Ok(SubgraphAnswer::Data(data)) => Ok(SubgraphResponse {
                data,
                ..SubgraphResponse::default()
            }),
            Ok(SubgraphAnswer::Json(body)) => {
                SubgraphResponse::deserialize_from_bytes(body, request.custom_scalar_paths)
            }
            Err(_) => {
                // The panic hook has written where; the client's other fields are answered.
                tracing::error!(subgraph.name = self.name, "a subgraph panicked");
                Err(SubgraphExecutorError::MalformedResponse(None))
            }
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

/// The variables as one JSON object; representations of entities are JSON already.
fn variables(request: &SubgraphExecutionRequest<'_>) -> Result<Bytes, SubgraphExecutorError> {
    let named = request.variables.iter().flatten();
    let raw = request.raw_variable_values.iter().flatten();
    let mut body = Vec::with_capacity(64 + raw.clone().map(|(_, json)| json.len()).sum::<usize>());
    body.push(b'{');
    let begin = |body: &mut Vec<u8>, name: &str| {
        if body.len() > 1 {
            body.push(b',');
        }
        // Names of variables need no escaping: they are GraphQL names.
        body.push(b'"');
        body.extend_from_slice(name.as_bytes());
        body.extend_from_slice(b"\":");
    };
    for (name, value) in named {
        begin(&mut body, name);
        sonic_rs::to_writer(&mut body, value).map_err(|error| {
            SubgraphExecutorError::VariablesSerializationFailure((*name).to_owned(), error)
        })?;
    }
    for (name, json) in raw {
        begin(&mut body, name);
        body.extend_from_slice(json);
    }
    body.push(b'}');
    Ok(Bytes::from(body))
}
