//! One error that a request ended with.

use std::{borrow::Cow, error::Error, fmt, sync::Arc, time::Duration};

use crate::Code;

/// An error for the client: a code and a public message. Why it really happened is kept apart, for the log.
#[derive(Clone, Debug)]
pub struct Fault {
    code: Code,
    message: Cow<'static, str>,
    retry_after: Option<Duration>,
    cause: Option<Arc<dyn Error + Send + Sync>>,
}

impl Fault {
    /// A fault with this code and public message.
    pub fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            message: message.into(),
            retry_after: None,
            cause: None,
        }
    }

    /// No valid token.
    pub fn unauthenticated() -> Self {
        Self::new(
            Code::Unauthenticated,
            "log in first and send the access token as `authorization: Bearer …`",
        )
    }

    /// A scope is missing.
    pub fn forbidden() -> Self {
        Self::new(
            Code::Forbidden,
            "your account lacks the scope that this needs",
        )
    }

    /// There is no such `noun`, or it is not the caller's.
    pub fn not_found(noun: &str) -> Self {
        Self::new(Code::NotFound, format!("there is no such {noun}"))
    }

    /// The request is wrong; `message` says what to change.
    pub fn invalid(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::InvalidInput, message)
    }

    /// Something broke that the client can do nothing about.
    pub fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(Code::Internal, "something went wrong on our side").caused_by(cause)
    }

    /// A part that the answer needs is away or busy.
    pub fn unavailable(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(
            Code::Unavailable,
            "this is not available at the moment; try again",
        )
        .caused_by(cause)
    }

    /// Says how long to wait before the next try.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// Attaches the private reason.
    #[must_use]
    pub fn caused_by(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.cause = Some(Arc::from(cause.into()));
        self
    }

    /// The code.
    pub fn code(&self) -> Code {
        self.code
    }

    /// What the client reads.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// How long the client should wait before it tries again.
    pub fn wait(&self) -> Option<Duration> {
        self.retry_after
    }

    /// The private reason, for the log only.
    pub fn cause(&self) -> Option<&(dyn Error + Send + Sync)> {
        self.cause.as_deref()
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Fault {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as _)
    }
}
