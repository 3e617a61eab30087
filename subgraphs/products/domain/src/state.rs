//! Whether a product can be seen and bought.

use clock::Timestamp;

/// Where a product stands. Only a published one is public.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Being prepared; seen by staff alone.
    Draft,
    /// Public, and for sale.
    Published {
        /// Since when.
        since: Timestamp,
    },
    /// Taken out of the shop; old orders still refer to it.
    Archived {
        /// Since when.
        since: Timestamp,
    },
}

/// A state without its data, as it is stored and sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StateKind {
    /// See [`State::Draft`].
    Draft,
    /// See [`State::Published`].
    Published,
    /// See [`State::Archived`].
    Archived,
}

/// Why a product cannot take a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// There is nothing to buy.
    #[error("a product needs at least one variant before it is published")]
    NoVariant,
    /// A draft was never public.
    #[error("a draft is deleted or published, not archived")]
    NeverPublished,
}

impl State {
    /// Makes the product public; one that is public stays so since when it was.
    pub fn publish(self, variants: usize, now: Timestamp) -> Result<Self, StateError> {
        match self {
            Self::Published { since } => Ok(Self::Published { since }),
            Self::Draft | Self::Archived { .. } if variants == 0 => Err(StateError::NoVariant),
            Self::Draft | Self::Archived { .. } => Ok(Self::Published { since: now }),
        }
    }

    /// Takes the product out of the shop; one that is out stays out since when it was.
    pub fn archive(self, now: Timestamp) -> Result<Self, StateError> {
        match self {
            Self::Draft => Err(StateError::NeverPublished),
            Self::Published { .. } => Ok(Self::Archived { since: now }),
            Self::Archived { since } => Ok(Self::Archived { since }),
        }
    }

    /// The state without its data.
    pub const fn kind(self) -> StateKind {
        match self {
            Self::Draft => StateKind::Draft,
            Self::Published { .. } => StateKind::Published,
            Self::Archived { .. } => StateKind::Archived,
        }
    }

    /// Since when; none for a draft.
    pub const fn since(self) -> Option<Timestamp> {
        match self {
            Self::Draft => None,
            Self::Published { since } | Self::Archived { since } => Some(since),
        }
    }

    /// The state from its stored parts; none when they do not belong together.
    pub fn from_parts(kind: StateKind, since: Option<Timestamp>) -> Option<Self> {
        match (kind, since) {
            (StateKind::Draft, _) => Some(Self::Draft),
            (StateKind::Published, Some(since)) => Some(Self::Published { since }),
            (StateKind::Archived, Some(since)) => Some(Self::Archived { since }),
            (StateKind::Published | StateKind::Archived, None) => None,
        }
    }
}

impl StateKind {
    /// `DRAFT`, `PUBLISHED` or `ARCHIVED`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::Published => "PUBLISHED",
            Self::Archived => "ARCHIVED",
        }
    }

    /// The kind with this code.
    pub fn parse(code: &str) -> Option<Self> {
        [Self::Draft, Self::Published, Self::Archived]
            .into_iter()
            .find(|kind| kind.code() == code)
    }
}
