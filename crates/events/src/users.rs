//! What users announces, on `users.accounts`; the aggregate is the user.

use clock::Timestamp;
use uuid::Uuid;

use crate::envelope::events;

/// The topic of accounts.
pub const ACCOUNTS: &str = "users.accounts";

events! { "users.accounts":
    /// Someone has an account now.
    UserRegistered = "user.registered.v1" {
        /// Whose account.
        user_id: Uuid,
    }
    /// A user's roles are now these.
    UserRolesChanged = "user.roles_changed.v1" {
        /// Whose roles.
        user_id: Uuid,
        /// All roles the user has now: `customer`, `staff`, `admin`.
        roles: Vec<String>,
    }
    /// A session was ended before its time; its access tokens are no longer good.
    SessionRevoked = "session.revoked.v1" {
        /// Whose session.
        user_id: Uuid,
        /// Which session: the claim `sid` of its tokens.
        session_id: Uuid,
        /// When the last access token of the session expires by itself; after that this event can be forgotten.
        until: Timestamp,
    }
}
