//! The content of an access token.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Scopes;

/// The `aud` of every access token.
pub const AUDIENCE: &str = "emporium";

/// A token counts as valid this long after its `exp`, since clocks differ.
pub const LEEWAY: Duration = Duration::from_secs(5);

/// Claims of an access token (RFC 7519; `scope` as in RFC 8693, `sid` as in OpenID Connect).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Who issued it.
    pub iss: String,
    /// For whom: `AUDIENCE`.
    pub aud: String,
    /// The user.
    pub sub: Uuid,
    /// The session (one log-in on one device).
    pub sid: Uuid,
    /// What the user may do beyond their own things.
    pub scope: Scopes,
    /// Issued at, seconds since the epoch.
    pub iat: i64,
    /// Expires at, seconds since the epoch.
    pub exp: i64,
    /// Unique to this token.
    pub jti: Uuid,
}
