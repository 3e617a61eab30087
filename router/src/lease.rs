//! How long a token that opened a stream is good for it.

use std::time::Duration;

use clock::Timestamp;
use fault::{Code, Fault};
use hive_router::ntex::time::sleep;
use identity::Viewer;
use uuid::Uuid;

use crate::door::Door;

/// How often an open stream looks whether its session was revoked.
const LOOK: Duration = Duration::from_secs(1);

/// What ends a stream whose token was valid when it began: expiry, or the end of its session.
#[derive(Clone, Copy, Default)]
pub(crate) struct Lease(Option<(Uuid, Timestamp)>);

impl Lease {
    /// Without a token nothing runs out.
    pub(crate) fn of(viewer: &Viewer) -> Self {
        Self(match viewer {
            Viewer::Anonymous => None,
            Viewer::User(user) => Some((user.session_id, user.expires_at)),
        })
    }

    /// Resolves when the token is no longer good, and says why.
    pub(crate) async fn over(self, door: &Door) -> Fault {
        let Some((session, until)) = self.0 else {
            return std::future::pending().await;
        };
        loop {
            if door.verifier.is_revoked(session) {
                return Fault::new(Code::TokenRevoked, "the session has been revoked");
            }
            let left = until.since(door.clock.now());
            if left.is_zero() {
                return Fault::new(
                    Code::TokenExpired,
                    "the access token has expired; refresh it and subscribe again with the last version you saw",
                );
            }
            sleep(left.min(LOOK).max(Duration::from_millis(1))).await;
        }
    }
}
