//! Sessions: one log-in on one device, kept alive by refresh tokens that are good once.
//!
//! The refresh tokens of a session are a family. Each one is replaced when it is used; one that comes
//! back after that was copied by somebody, and nobody can tell who holds the good one: the session
//! ends (RFC 9700, section 4.14.2). There is no period of grace: if the thief came first, a grace
//! for the owner would leave the thief in possession.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use clock::Timestamp;
use uuid::Uuid;

/// How long sessions live.
#[derive(Clone, Copy, Debug)]
pub struct SessionPolicy {
    /// A session that is not renewed for so long is over.
    pub idle: Duration,
    /// A session is over after so long, however busy.
    pub absolute: Duration,
}

/// A session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The session's id: the claim `sid`.
    pub id: Uuid,
    /// Whose it is.
    pub user_id: Uuid,
    /// When the user logged in.
    pub opened_at: Timestamp,
    /// Where it stands.
    pub state: SessionState,
}

/// Where a session stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionState {
    /// Can be renewed until then.
    Open {
        /// The end, if it is not renewed.
        until: Timestamp,
    },
    /// Was ended before its time.
    Ended {
        /// When.
        at: Timestamp,
        /// Why.
        reason: EndReason,
    },
}

/// Why a session was ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// The user logged out.
    LoggedOut,
    /// The user ended all sessions.
    Revoked,
    /// A refresh token came back after it was replaced.
    Reused,
    /// A role was taken from the user.
    RolesChanged,
    /// The user opened more sessions than are kept.
    Displaced,
}

/// Why a session is not renewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RenewalRefusal {
    /// Its time is over.
    Expired,
    /// It was ended.
    Ended,
    /// The token had been replaced before: the whole session has to end.
    Reused,
}

impl Session {
    /// A session that begins now.
    pub fn open(id: Uuid, user_id: Uuid, now: Timestamp, policy: SessionPolicy) -> Self {
        let state = SessionState::Open {
            until: now.plus(policy.idle.min(policy.absolute)),
        };
        Self {
            id,
            user_id,
            opened_at: now,
            state,
        }
    }

    /// Renews the session against one of its refresh tokens; `replaced` says whether that token had
    /// been used before.
    pub fn renew(
        &self,
        replaced: bool,
        now: Timestamp,
        policy: SessionPolicy,
    ) -> Result<Self, RenewalRefusal> {
        let SessionState::Open { until } = self.state else {
            return Err(RenewalRefusal::Ended);
        };
        if replaced {
            return Err(RenewalRefusal::Reused);
        }
        if now >= until {
            return Err(RenewalRefusal::Expired);
        }
        let until = now
            .plus(policy.idle)
            .min(self.opened_at.plus(policy.absolute));
        Ok(Self {
            state: SessionState::Open { until },
            ..self.clone()
        })
    }

    /// Ends the session; `None` if it is over already.
    pub fn end(&self, reason: EndReason, now: Timestamp) -> Option<Self> {
        self.is_open(now).then(|| Self {
            state: SessionState::Ended { at: now, reason },
            ..self.clone()
        })
    }

    /// Whether it can be renewed.
    pub fn is_open(&self, now: Timestamp) -> bool {
        matches!(self.state, SessionState::Open { until } if now < until)
    }
}

impl EndReason {
    const NAMES: [(Self, &'static str); 5] = [
        (Self::LoggedOut, "logged_out"),
        (Self::Revoked, "revoked"),
        (Self::Reused, "reused"),
        (Self::RolesChanged, "roles_changed"),
        (Self::Displaced, "displaced"),
    ];
}

impl fmt::Display for EndReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::NAMES
            .iter()
            .find(|(reason, _)| reason == self)
            .map_or("", |(_, name)| name);
        formatter.write_str(name)
    }
}

impl FromStr for EndReason {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::NAMES.iter().find(|(_, name)| *name == text);
        known
            .map(|(reason, _)| *reason)
            .ok_or_else(|| format!("no such reason: {text}"))
    }
}
