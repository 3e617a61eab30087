use std::ops::{Deref, DerefMut};

use http::StatusCode;
use serde::Serialize;
use serde_json::Value;

/// What can go wrong when an emulator is started or told something.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EmulatorError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address that was asked for.
        address: std::net::SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// The state file cannot be opened, read or written.
    #[error("the state file of the payment emulator cannot be used")]
    Store(#[from] rusqlite::Error),
    /// The system gives no thread to the writer.
    #[error("the writer of the payment emulator cannot be started")]
    Writer(#[source] std::io::Error),
    /// A webhook URL that is not an absolute `http://` URL.
    #[error("not an absolute http:// URL: {0}")]
    WebhookUrl(String),
}

/// An error object of the API, with its HTTP status. Boxed, for most calls return none.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct ApiError(Box<ErrorObject>);

/// The fields of an error object.
/// <https://docs.stripe.com/api/errors>
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ErrorObject {
    #[serde(skip)]
    pub(crate) status: StatusCode,
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) decline_code: Option<&'static str>,
    pub(crate) message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) param: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) charge: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) payment_intent: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) payment_method: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) doc_url: Option<String>,
}

impl Deref for ApiError {
    type Target = ErrorObject;

    fn deref(&self) -> &ErrorObject {
        &self.0
    }
}

impl DerefMut for ApiError {
    fn deref_mut(&mut self) -> &mut ErrorObject {
        &mut self.0
    }
}

impl ApiError {
    fn of(status: StatusCode, kind: &'static str, message: impl Into<String>) -> Self {
        Self(Box::new(ErrorObject {
            status,
            kind,
            code: None,
            decline_code: None,
            message: message.into(),
            param: None,
            charge: None,
            payment_intent: None,
            payment_method: None,
            doc_url: None,
        }))
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::of(StatusCode::BAD_REQUEST, "invalid_request_error", message)
    }

    pub(crate) fn with_status(status: StatusCode, message: impl Into<String>) -> Self {
        Self::of(status, "invalid_request_error", message)
    }

    pub(crate) fn card(message: impl Into<String>) -> Self {
        Self::of(StatusCode::PAYMENT_REQUIRED, "card_error", message)
    }

    pub(crate) fn idempotency(status: StatusCode, message: impl Into<String>) -> Self {
        Self::of(status, "idempotency_error", message)
    }

    pub(crate) fn internal() -> Self {
        Self::of(
            StatusCode::INTERNAL_SERVER_ERROR,
            "api_error",
            "An unknown error occurred. If this error persists, look at the emulator's log.",
        )
    }

    pub(crate) fn missing(object: &str, id: &str, param: &str) -> Self {
        Self::with_status(StatusCode::NOT_FOUND, format!("No such {object}: '{id}'"))
            .code("resource_missing")
            .param(param)
    }

    pub(crate) fn code(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self.doc_url = Some(format!(
            "https://stripe.com/docs/error-codes/{}",
            code.replace('_', "-")
        ));
        self
    }

    pub(crate) fn param(mut self, param: impl Into<String>) -> Self {
        self.param = Some(param.into());
        self
    }

    pub(crate) fn intent(mut self, intent: Value) -> Self {
        self.payment_intent = Some(intent);
        self
    }

    /// The response body: `{"error": {…}}`.
    pub(crate) fn body(&self) -> String {
        #[derive(Serialize)]
        struct Body<'e> {
            error: &'e ApiError,
        }
        json(&Body { error: self })
    }
}

/// Why a command did not run to its end: refused by the API's rules, or the store failed.
#[derive(Debug)]
pub(crate) enum Stop {
    Refused(ApiError),
    Broken(rusqlite::Error),
}

impl From<ApiError> for Stop {
    fn from(error: ApiError) -> Self {
        Self::Refused(error)
    }
}

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Self {
        Self::Broken(error)
    }
}

/// Serialises one of our own types, whose keys are all texts, so that it cannot fail.
pub(crate) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}
