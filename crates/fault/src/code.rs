//! The closed list of codes.

use std::fmt;

/// What kind of error a request ended with; `extensions.code` of a GraphQL error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// No valid token came with the request.
    Unauthenticated,
    /// The token is valid but lacks a scope.
    Forbidden,
    /// It does not exist, or is not the caller's.
    NotFound,
    /// The request itself is wrong: syntax, validation, an argument out of bounds.
    InvalidInput,
    /// Another change came first, or an idempotency key was used with another body.
    Conflict,
    /// Too many requests from this address or account.
    RateLimited,
    /// The body is larger than allowed.
    TooLarge,
    /// The operation is deeper, wider or costlier than allowed.
    TooComplex,
    /// It took too long and was given up.
    Timeout,
    /// A part that the answer needs is away or busy.
    Unavailable,
    /// The access token's time is over; refresh it.
    TokenExpired,
    /// The session behind the token was ended.
    TokenRevoked,
    /// A subscriber read more slowly than events came.
    SlowConsumer,
    /// The server is shutting down; come back to another one.
    GoingAway,
    /// Our own fault; the log has the reason under the trace id.
    Internal,
}

impl Code {
    /// Every code.
    pub const ALL: [Self; 15] = [
        Self::Unauthenticated,
        Self::Forbidden,
        Self::NotFound,
        Self::InvalidInput,
        Self::Conflict,
        Self::RateLimited,
        Self::TooLarge,
        Self::TooComplex,
        Self::Timeout,
        Self::Unavailable,
        Self::TokenExpired,
        Self::TokenRevoked,
        Self::SlowConsumer,
        Self::GoingAway,
        Self::Internal,
    ];

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::NotFound => "NOT_FOUND",
            Self::InvalidInput => "INVALID_INPUT",
            Self::Conflict => "CONFLICT",
            Self::RateLimited => "RATE_LIMITED",
            Self::TooLarge => "TOO_LARGE",
            Self::TooComplex => "TOO_COMPLEX",
            Self::Timeout => "TIMEOUT",
            Self::Unavailable => "UNAVAILABLE",
            Self::TokenExpired => "TOKEN_EXPIRED",
            Self::TokenRevoked => "TOKEN_REVOKED",
            Self::SlowConsumer => "SLOW_CONSUMER",
            Self::GoingAway => "GOING_AWAY",
            Self::Internal => "INTERNAL",
        }
    }

    /// Whether the same request, sent again (with a fresh token where the code says so), may succeed.
    pub const fn retryable(self) -> bool {
        matches!(
            self,
            Self::RateLimited
                | Self::Timeout
                | Self::Unavailable
                | Self::TokenExpired
                | Self::SlowConsumer
                | Self::GoingAway
        )
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
