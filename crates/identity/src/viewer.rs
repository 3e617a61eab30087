//! Who is asking.

use clock::Timestamp;
use fault::Fault;
use uuid::Uuid;

use crate::{Scope, Scopes, Verifier};

/// A signed-in user, as their access token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The user's id.
    pub id: Uuid,
    /// The session that the token belongs to.
    pub session_id: Uuid,
    /// What they may do beyond their own things.
    pub scopes: Scopes,
    /// When the token expires.
    pub expires_at: Timestamp,
}

/// Who is asking: put into the GraphQL context of every request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Viewer {
    /// Nobody in particular: no token was sent.
    #[default]
    Anonymous,
    /// A signed-in user.
    User(User),
}

impl Viewer {
    /// Reads the value of an `Authorization` header. No header is `Anonymous`; a header that is not a
    /// valid bearer token is refused (Unauthenticated, TokenExpired, TokenRevoked), never ignored.
    pub fn from_authorization(header: Option<&str>, verifier: &Verifier) -> Result<Self, Fault> {
        let Some(header) = header else {
            return Ok(Self::Anonymous);
        };
        let (scheme, token) = header
            .trim()
            .split_once(' ')
            .ok_or_else(Fault::unauthenticated)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(Fault::unauthenticated());
        }
        verifier.verify(token.trim()).map(Self::User)
    }

    /// The signed-in user, or Unauthenticated.
    pub fn user(&self) -> Result<&User, Fault> {
        match self {
            Self::Anonymous => Err(Fault::unauthenticated()),
            Self::User(user) => Ok(user),
        }
    }

    /// The signed-in user if they hold `scope`, or Unauthenticated or Forbidden.
    pub fn require(&self, scope: Scope) -> Result<&User, Fault> {
        let user = self.user()?;
        if user.scopes.contains(scope) {
            Ok(user)
        } else {
            Err(Fault::forbidden())
        }
    }

    /// Whether a user is signed in that holds `scope`.
    pub fn has(&self, scope: Scope) -> bool {
        matches!(self, Self::User(user) if user.scopes.contains(scope))
    }

    /// The user's id, if one is signed in.
    pub fn id(&self) -> Option<Uuid> {
        match self {
            Self::Anonymous => None,
            Self::User(user) => Some(user.id),
        }
    }
}
