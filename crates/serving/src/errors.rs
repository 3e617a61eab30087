//! The one place where errors become what a client sees, and where a failure is logged.

use async_graphql::{ErrorExtensionValues, Response, ServerError};
use fault::{Code, Fault};

/// Gives every error of `response` its extensions and hides what is private.
pub(crate) fn finish(subgraph: &'static str, response: &mut Response) {
    for error in &mut response.errors {
        if error
            .extensions
            .as_ref()
            .is_some_and(|extensions| extensions.get("code").is_some())
        {
            continue;
        }
        let fault = match (error.source::<Fault>(), error.source.is_some()) {
            (Some(fault), _) => fault.clone(),
            // Errors of the GraphQL engine itself: syntax, validation, coercion.
            (None, false) => Fault::new(engine_code(error), error.message.clone()),
            (None, true) => Fault::internal(error.message.clone()),
        };
        if fault.code() == Code::Internal {
            tracing::error!(
                subgraph.name = subgraph,
                graphql.path = ?error.path,
                error = fault.cause().map_or_else(|| fault.to_string(), |cause| chain(cause)),
                "operation failed"
            );
        }
        fault.message().clone_into(&mut error.message);
        error.extensions = Some(extensions(&fault));
    }
}

/// A response that is nothing but this fault, refused on behalf of `subgraph`.
pub fn refused(subgraph: &'static str, fault: Fault) -> Response {
    let error = async_graphql::Error::new_with_source(fault)
        .into_server_error(async_graphql::Pos::default());
    let mut response = Response::from_errors(vec![error]);
    finish(subgraph, &mut response);
    response
}

fn engine_code(error: &ServerError) -> Code {
    if error.message.contains("too deep") || error.message.contains("too complex") {
        Code::TooComplex
    } else {
        Code::InvalidInput
    }
}

fn extensions(fault: &Fault) -> ErrorExtensionValues {
    let mut extensions = ErrorExtensionValues::default();
    extensions.set("code", fault.code().as_str());
    extensions.set("retryable", fault.code().retryable());
    if let Some(wait) = fault.wait() {
        extensions.set(
            "retryAfterMs",
            u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
        );
    }
    extensions
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        next = cause.source();
    }
    text
}
