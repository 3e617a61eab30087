//! The content of an access token.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Scopes;

/// The `aud` of every access token.
pub const AUDIENCE: &str = "emporium";

/// A token counts as valid this long after its `exp`, since clocks differ. Nothing says from when it is valid, so a
/// clock that is behind refuses no fresh token, and one that is ahead only shortens a token's life by as much.
pub const LEEWAY: Duration = Duration::from_mins(1);

/// How far apart the clocks of replicas may be for tokens to be good everywhere: a retired key stays published so much
/// longer than the tokens that it signed live.
pub const SKEW: Duration = Duration::from_mins(10);

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
