use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::{HeaderMap, StatusCode, header};
use serde_json::Value;

use crate::emulator::Shared;
use crate::error::ApiError;
use crate::writer::Answer;

/// Who calls: the whole account, or a browser that knows a PaymentIntent's client secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    Account,
    Browser,
}

/// Whose key a request presents.
pub(crate) fn authorize(shared: &Shared, headers: &HeaderMap) -> Result<Caller, ApiError> {
    let refuse = |message| ApiError::with_status(StatusCode::UNAUTHORIZED, message);
    let given = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let (scheme, credentials) = given
        .and_then(|value| value.split_once(' '))
        .unwrap_or_default();
    let key = if scheme.eq_ignore_ascii_case("bearer") {
        Some(credentials.trim().to_owned())
    } else if scheme.eq_ignore_ascii_case("basic") {
        BASE64_STANDARD
            .decode(credentials.trim())
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .map(|pair| pair.split(':').next().unwrap_or_default().to_owned())
    } else {
        None
    };
    match key {
        Some(key) if key == shared.config.secret_key => Ok(Caller::Account),
        Some(key) if key == shared.config.publishable_key => Ok(Caller::Browser),
        Some(key) if !key.is_empty() => {
            let shown: String = key.chars().take(8).collect();
            Err(refuse(format!("Invalid API Key provided: {shown}***")))
        }
        _ => Err(refuse("You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').".to_owned())),
    }
}

/// Whether an intent's JSON has this client secret.
pub(crate) fn answer_has_secret(answer: &Answer, secret: &str) -> bool {
    serde_json::from_slice::<Value>(&answer.body)
        .is_ok_and(|intent| intent["client_secret"].as_str() == Some(secret))
}

/// Leaves only what a browser may see of a PaymentIntent.
pub(crate) fn for_browser(mut answer: Answer) -> Answer {
    const VISIBLE: [&str; 21] = [
        "id",
        "object",
        "amount",
        "automatic_payment_methods",
        "canceled_at",
        "cancellation_reason",
        "capture_method",
        "client_secret",
        "confirmation_method",
        "created",
        "currency",
        "description",
        "last_payment_error",
        "livemode",
        "next_action",
        "payment_method",
        "payment_method_types",
        "receipt_email",
        "setup_future_usage",
        "shipping",
        "status",
    ];
    let strip = |value: &mut Value| {
        if let Some(intent) = value.as_object_mut() {
            intent.retain(|key, _| VISIBLE.contains(&key.as_str()));
        }
    };
    if let Ok(mut value) = serde_json::from_slice::<Value>(&answer.body) {
        match value.pointer_mut("/error/payment_intent") {
            Some(intent) => strip(intent),
            None if answer.status.is_success() => strip(&mut value),
            None => {}
        }
        answer.body = value.to_string().into();
    }
    answer
}

pub(crate) fn secret_missing() -> ApiError {
    ApiError::invalid("Missing required param: client_secret.")
        .code("parameter_missing")
        .param("client_secret")
}

pub(crate) fn secret_mismatch() -> ApiError {
    ApiError::invalid(
        "The client_secret provided does not match the client_secret associated with the PaymentIntent.",
    )
    .code("payment_intent_invalid_parameter")
    .param("client_secret")
}

pub(crate) fn secret_key_required() -> ApiError {
    ApiError::with_status(
        StatusCode::UNAUTHORIZED,
        "This API call cannot be made with a publishable API key. Please use a secret API key.",
    )
    .code("secret_key_required")
}
