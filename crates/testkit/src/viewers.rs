//! Viewers of every kind.

use std::time::Duration;

use clock::Clock;
use identity::{Role, Scope, Scopes, User, Viewer};
use uuid::Uuid;

/// A signed-in customer with this id and a session of an hour.
pub fn customer(id: Uuid) -> Viewer {
    viewer(id, Scopes::default())
}

/// Someone of the staff.
pub fn staff() -> Viewer {
    viewer(Clock::system().id(), Role::Staff.scopes())
}

/// An administrator.
pub fn admin() -> Viewer {
    viewer(Clock::system().id(), Role::Admin.scopes())
}

/// Someone with just these scopes.
pub fn with_scopes(scopes: &[Scope]) -> Viewer {
    viewer(Clock::system().id(), scopes.iter().copied().collect())
}

fn viewer(id: Uuid, scopes: Scopes) -> Viewer {
    let clock = Clock::system();
    Viewer::User(User {
        id,
        session_id: clock.id(),
        scopes,
        expires_at: clock.now().plus(Duration::from_hours(1)),
    })
}
