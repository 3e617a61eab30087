//! The one place where errors become what a client sees: a code from the closed list, whether a
//! retry makes sense, and the trace id.

use fault::{Code, Fault};
use hive_router::{
    GraphQLError,
    http::StatusCode,
    pipeline::error::{ClientPipelineError, PipelineError},
    sonic_rs::{JsonValueTrait, Value},
};

/// Why an operation was refused before it ran: one error at least.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) code: Code,
    pub(crate) errors: Vec<GraphQLError>,
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        if fault.code() == Code::Internal {
            let error = fault.cause().map(ToString::to_string).unwrap_or_default();
            tracing::error!(error, "request failed in the router");
        }
        Self {
            code: fault.code(),
            errors: vec![graphql(&fault)],
        }
    }
}

impl From<PipelineError> for Refusal {
    fn from(error: PipelineError) -> Self {
        match error {
            PipelineError::Client(ClientPipelineError::ValidationErrors(found)) => {
                // Some invalid documents have thousands of errors; the first ones tell enough.
                let errors: Vec<GraphQLError> = found
                    .iter()
                    .take(20)
                    .map(GraphQLError::from)
                    .map(settled_input)
                    .collect();
                Self {
                    code: first_code(&errors),
                    errors,
                }
            }
            PipelineError::Client(client) => {
                let error = PipelineError::Client(client);
                let (given, message) = (error.graphql_error_code(), error.graphql_error_message());
                // What nests deeper than the parser itself goes is too deep like all that is above the limit.
                if given == "GRAPHQL_PARSE_FAILED" && message.contains("Recursion limit exceeded") {
                    return Fault::new(Code::TooComplex, "the operation nests too deeply").into();
                }
                let code = code_of(given).unwrap_or(Code::InvalidInput);
                Fault::new(code, message).into()
            }
            PipelineError::Internal(internal) => {
                let reason = internal.to_string();
                let error = PipelineError::Internal(internal);
                match code_of(error.graphql_error_code()).unwrap_or(Code::Internal) {
                    Code::Internal => Fault::internal(reason).into(),
                    code => Fault::new(code, public(code)).into(),
                }
            }
        }
    }
}

impl Refusal {
    /// The HTTP status that goes with it.
    pub(crate) fn status(&self) -> StatusCode {
        status(self.code)
    }

    /// How long to wait before the next try, in milliseconds.
    pub(crate) fn retry_after_ms(&self) -> Option<u64> {
        self.errors
            .first()
            .and_then(|error| error.extensions.extensions.get("retryAfterMs"))
            .and_then(JsonValueTrait::as_u64)
    }

    /// `{"errors": […]}`.
    pub(crate) fn body(&self) -> Vec<u8> {
        let mut body = b"{\"errors\":".to_vec();
        body.extend(self.list());
        body.push(b'}');
        body
    }

    /// `[…]`: the errors alone, as a WebSocket's `error` message carries them.
    pub(crate) fn list(&self) -> Vec<u8> {
        hive_router::sonic_rs::to_vec(&self.errors).unwrap_or_else(|_| b"[]".to_vec())
    }
}

/// The HTTP status of a refused request.
pub(crate) fn status(code: Code) -> StatusCode {
    match code {
        Code::Unauthenticated | Code::TokenExpired | Code::TokenRevoked => StatusCode::UNAUTHORIZED,
        Code::Forbidden => StatusCode::FORBIDDEN,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::InvalidInput | Code::TooComplex => StatusCode::BAD_REQUEST,
        Code::Conflict => StatusCode::CONFLICT,
        Code::RateLimited | Code::SlowConsumer => StatusCode::TOO_MANY_REQUESTS,
        Code::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Code::Timeout => StatusCode::GATEWAY_TIMEOUT,
        Code::Unavailable | Code::GoingAway => StatusCode::SERVICE_UNAVAILABLE,
        Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// A fault as a GraphQL error.
pub(crate) fn graphql(fault: &Fault) -> GraphQLError {
    let mut error = GraphQLError::from_message_and_code(fault.message(), fault.code().as_str());
    if let Some(wait) = fault.wait() {
        // Rounded up: a client that waits exactly this long gets through.
        let ms = u64::try_from(wait.as_micros().div_ceil(1000)).unwrap_or(u64::MAX);
        error
            .extensions
            .extensions
            .insert("retryAfterMs".to_owned(), Value::from(ms));
    }
    finish(error, fault.code())
}

/// An error that came up while the operation ran, in a subgraph or on the way to it.
pub(crate) fn settle(mut error: GraphQLError) -> GraphQLError {
    let given = error.extensions.code.take().unwrap_or_default();
    if let Some(code) = ours(&given) {
        return finish(error, code);
    }
    let code = code_of(&given).unwrap_or(Code::Internal);
    if code == Code::InvalidInput || code == Code::TooComplex {
        return finish(error, code);
    }
    tracing::error!(
        error = error.message,
        error.code = given,
        subgraph.name = error.extensions.service_name,
        "operation failed between router and subgraph"
    );
    public(code).clone_into(&mut error.message);
    error.extensions.extensions.clear();
    finish(error, code)
}

/// Whether the breaker of a subgraph refused.
pub(crate) fn is_breakers(error: &GraphQLError) -> bool {
    error.extensions.code.as_deref() == Some("SUBGRAPH_CIRCUIT_BREAKER_REJECTED")
}

/// Says how long to wait before the next try.
pub(crate) fn wait(error: &mut GraphQLError, milliseconds: u64) {
    error
        .extensions
        .extensions
        .insert("retryAfterMs".to_owned(), Value::from(milliseconds));
}

/// What an event of a stream says when it is the last one: that the way to the subgraph broke. Nothing for every other
/// event, errors that the subgraph itself tells of included.
pub(crate) fn settle_event(json: &[u8]) -> Option<Refusal> {
    #[derive(serde::Deserialize)]
    struct Failed {
        #[serde(default)]
        data: Option<serde_json::Value>,
        errors: Vec<GraphQLError>,
    }
    let failed: Failed = serde_json::from_slice(json).ok()?;
    let broken = failed.data.is_none()
        && failed
            .errors
            .iter()
            .any(|error| ours(error.extensions.code.as_deref().unwrap_or_default()).is_none());
    if !broken {
        return None;
    }
    let errors: Vec<GraphQLError> = failed.errors.into_iter().map(settle).collect();
    let code = errors
        .first()
        .and_then(|error| ours(error.extensions.code.as_deref()?))?;
    Some(Refusal { code, errors })
}

fn settled_input(mut error: GraphQLError) -> GraphQLError {
    let given = error.extensions.code.take().unwrap_or_default();
    let code = code_of(&given).unwrap_or(Code::InvalidInput);
    finish(error, code)
}

fn first_code(errors: &[GraphQLError]) -> Code {
    errors
        .first()
        .and_then(|error| ours(error.extensions.code.as_deref()?))
        .unwrap_or(Code::InvalidInput)
}

fn finish(mut error: GraphQLError, code: Code) -> GraphQLError {
    error.extensions.code = Some(code.as_str().to_owned());
    error.extensions.service_name = None;
    error.extensions.affected_path = None;
    let more = &mut error.extensions.extensions;
    more.insert("retryable".to_owned(), Value::from(code.retryable()));
    if let Some(trace) = telemetry::trace::current() {
        more.insert("traceId".to_owned(), Value::from(trace.trace_id().as_str()));
    }
    error
}

fn ours(code: &str) -> Option<Code> {
    Code::ALL.into_iter().find(|known| known.as_str() == code)
}

fn public(code: Code) -> &'static str {
    match code {
        Code::Timeout => "it took too long; try again",
        Code::Unavailable => "a part of the shop does not answer at the moment; try again",
        _ => "something went wrong on our side; the trace id tells us what",
    }
}

/// hive-router's codes in ours. What is not listed is the client's fault where hive-router refuses
/// a request, and ours where it fails.
fn code_of(hive: &str) -> Option<Code> {
    Some(match hive {
        "MAX_DEPTH_EXCEEDED"
        | "MAX_ALIASES_EXCEEDED"
        | "MAX_DIRECTIVES_EXCEEDED"
        | "TOKEN_LIMIT_EXCEEDED"
        | "MAX_SELECTIONS_EXCEEDED"
        | "MAX_INTROSPECTION_EXCEEDED"
        | "MAX_TOKENS_EXCEEDED"
        | "COST_ESTIMATED_TOO_EXPENSIVE"
        | "SUBGRAPH_COST_ESTIMATED_TOO_EXPENSIVE" => Code::TooComplex,
        "PAYLOAD_TOO_LARGE_CONTENT_LENGTH"
        | "PAYLOAD_TOO_LARGE_BODY_STREAM"
        | "REQUEST_HEADER_FIELDS_TOO_LARGE" => Code::TooLarge,
        "CSRF_PREVENTION_FAILED" | "INTROSPECTION_DISABLED" => Code::Forbidden,
        "GATEWAY_TIMEOUT" | "SUBGRAPH_REQUEST_TIMEOUT" => Code::Timeout,
        "GRAPHQL_PARSE_FAILED"
        | "GRAPHQL_VALIDATION_FAILED"
        | "BAD_USER_INPUT"
        | "COST_INVALID_SLICING_ARGUMENTS" => Code::InvalidInput,
        "NO_SUPERGRAPH_AVAILABLE"
        | "SERVICE_UNAVAILABLE"
        | "SUBSCRIPTION_SCHEMA_RELOAD"
        | "SUBREQUEST_HTTP_ERROR"
        | "SUBGRAPH_RESPONSE_FAILURE"
        | "SUBGRAPH_RESPONSE_BODY_READ_FAILURE"
        | "SUBGRAPH_RESPONSE_BODY_EMPTY"
        | "SUBGRAPH_CIRCUIT_BREAKER_REJECTED"
        | "SUBGRAPH_STREAM_STATUS_CODE_NOT_OK"
        | "SUBGRAPH_WEBSOCKET_CONNECT_FAILURE"
        | "SUBGRAPH_WEBSOCKET_HANDSHAKE_FAILURE"
        | "SUBGRAPH_WEBSOCKET_STREAM_CLOSED_EMPTY"
        | "SUBGRAPH_WEBSOCKET_ARBITER_CHANNEL_CLOSED"
        | "SUBGRAPH_WEBSOCKET_CLIENT_FAILURE" => Code::Unavailable,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_codes_pass_and_hives_are_translated() {
        let settled = |code: &str| {
            let error = settle(GraphQLError::from_message_and_code("secret detail", code));
            (error.extensions.code.unwrap(), error.message)
        };
        for code in Code::ALL {
            assert_eq!(
                settled(code.as_str()),
                (code.as_str().to_owned(), "secret detail".to_owned())
            );
        }
        assert_eq!(settled("SUBREQUEST_HTTP_ERROR").0, "UNAVAILABLE");
        assert_eq!(settled("SUBGRAPH_REQUEST_TIMEOUT").0, "TIMEOUT");
        let (code, message) = settled("ANYTHING_ELSE");
        assert_eq!(code, "INTERNAL");
        assert!(!message.contains("secret"));
    }

    #[test]
    fn the_wait_is_rounded_up() {
        let fault = Fault::new(Code::RateLimited, "slow down")
            .retry_after(std::time::Duration::from_micros(1_001));
        let refusal = Refusal::from(fault);
        assert_eq!(refusal.retry_after_ms(), Some(2));
        assert_eq!(refusal.status(), StatusCode::TOO_MANY_REQUESTS);
        let body: serde_json::Value = serde_json::from_slice(&refusal.body()).unwrap();
        assert_eq!(body["errors"][0]["extensions"]["code"], "RATE_LIMITED");
        assert_eq!(body["errors"][0]["extensions"]["retryable"], true);
        assert_eq!(body["errors"][0]["extensions"]["retryAfterMs"], 2);
    }
}
