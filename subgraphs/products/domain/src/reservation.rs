//! A promise of stock to one order (or to staff), all of its lines or none.

use std::collections::BTreeMap;

use clock::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{EntryKind, Flaw};

/// At most so many lines a reservation.
pub const MAX_LINES: usize = 200;

/// How many of one variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The variant.
    pub variant_id: Uuid,
    /// How many, at least one.
    pub quantity: u32,
}

/// Checks lines and brings them into the order of the variants' ids, each variant once. Everyone who touches stock
/// does so in that order, so that two never wait for one another in a ring.
pub fn lines_from(lines: impl IntoIterator<Item = Line>) -> Result<Vec<Line>, Flaw> {
    let mut sums: BTreeMap<Uuid, u32> = BTreeMap::new();
    for (index, line) in lines.into_iter().enumerate() {
        if line.quantity == 0 {
            return Err(Flaw::new(
                format!("lines.{index}.quantity"),
                "must be at least 1",
            ));
        }
        let sum = sums.entry(line.variant_id).or_default();
        *sum = sum
            .checked_add(line.quantity)
            .filter(|sum| *sum <= 1_000_000)
            .ok_or_else(|| {
                Flaw::new(
                    format!("lines.{index}.quantity"),
                    "must be at most 1,000,000",
                )
            })?;
    }
    if sums.is_empty() || sums.len() > MAX_LINES {
        return Err(Flaw::new("lines", format!("must be 1 to {MAX_LINES}")));
    }
    Ok(sums
        .into_iter()
        .map(|(variant_id, quantity)| Line {
            variant_id,
            quantity,
        })
        .collect())
}

/// Where a reservation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReservationState {
    /// The stock is promised until then.
    Held {
        /// When the promise ends by itself.
        until: Timestamp,
    },
    /// There was not enough: nothing was ever promised.
    Rejected,
    /// Sold.
    Committed,
    /// Given back; whether it had been sold before does not matter any more.
    Released,
    /// Given back because its time was over.
    Expired,
}

/// A reservation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reservation {
    /// The order it is for, or an id of its own when staff made it.
    pub id: Uuid,
    /// What is promised, in the order of the variants' ids.
    pub lines: Vec<Line>,
    /// Where it stands.
    pub state: ReservationState,
}

/// Why a reservation cannot change so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReservationError {
    /// It has come to another end.
    #[error("the reservation is {}", .0.code())]
    Ended(ReservationState),
    /// Its time is not over.
    #[error("the reservation holds until {0}")]
    NotDue(Timestamp),
}

impl Reservation {
    /// A fresh promise.
    pub fn hold(id: Uuid, lines: Vec<Line>, until: Timestamp) -> Self {
        Self {
            id,
            lines,
            state: ReservationState::Held { until },
        }
    }

    /// A record that there was not enough.
    pub fn reject(id: Uuid, lines: Vec<Line>) -> Self {
        Self {
            id,
            lines,
            state: ReservationState::Rejected,
        }
    }

    /// Turns the promise into a sale.
    pub fn commit(self) -> Result<Self, ReservationError> {
        match self.state {
            ReservationState::Held { .. } => Ok(self.with(ReservationState::Committed)),
            state => Err(ReservationError::Ended(state)),
        }
    }

    /// Sells what is no longer promised, after the stock was found once more.
    pub fn commit_again(self) -> Result<Self, ReservationError> {
        match self.state {
            ReservationState::Rejected | ReservationState::Released | ReservationState::Expired => {
                Ok(self.with(ReservationState::Committed))
            }
            state => Err(ReservationError::Ended(state)),
        }
    }

    /// Gives everything back. The second part says what happens to the stock: the promise ends
    /// (`EntryKind::Released`) or sold goods return (`EntryKind::Restocked`).
    pub fn release(self) -> Result<(Self, EntryKind), ReservationError> {
        let kind = match self.state {
            ReservationState::Held { .. } => EntryKind::Released,
            ReservationState::Committed => EntryKind::Restocked,
            state => return Err(ReservationError::Ended(state)),
        };
        Ok((self.with(ReservationState::Released), kind))
    }

    /// Gives everything back because the time is over.
    pub fn expire(self, now: Timestamp) -> Result<Self, ReservationError> {
        match self.state {
            ReservationState::Held { until } if until <= now => {
                Ok(self.with(ReservationState::Expired))
            }
            ReservationState::Held { until } => Err(ReservationError::NotDue(until)),
            state => Err(ReservationError::Ended(state)),
        }
    }

    fn with(mut self, state: ReservationState) -> Self {
        self.state = state;
        self
    }
}

impl ReservationState {
    /// `HELD`, `REJECTED`, `COMMITTED`, `RELEASED` or `EXPIRED`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Held { .. } => "HELD",
            Self::Rejected => "REJECTED",
            Self::Committed => "COMMITTED",
            Self::Released => "RELEASED",
            Self::Expired => "EXPIRED",
        }
    }

    /// Until when the promise holds; none when it does not.
    pub const fn until(self) -> Option<Timestamp> {
        match self {
            Self::Held { until } => Some(until),
            _ => None,
        }
    }

    /// The state from its stored parts; none when they do not belong together.
    pub fn from_parts(code: &str, until: Option<Timestamp>) -> Option<Self> {
        match (code, until) {
            ("HELD", Some(until)) => Some(Self::Held { until }),
            ("REJECTED", _) => Some(Self::Rejected),
            ("COMMITTED", _) => Some(Self::Committed),
            ("RELEASED", _) => Some(Self::Released),
            ("EXPIRED", _) => Some(Self::Expired),
            _ => None,
        }
    }
}
