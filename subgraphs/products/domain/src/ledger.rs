//! The append-only account of every change to stock. Its sums are the stock levels.

use uuid::Uuid;

/// Why stock changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EntryKind {
    /// Staff counted, received or wrote off.
    Adjusted,
    /// Promised to an order.
    Reserved,
    /// A promise given back.
    Released,
    /// A promise sold.
    Committed,
    /// Sold goods taken back into the house, because the order was cancelled before it left.
    Restocked,
}

/// One change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Of which variant.
    pub variant_id: Uuid,
    /// Why.
    pub kind: EntryKind,
    /// How many more are in the house.
    pub on_hand: i64,
    /// How many more are promised.
    pub reserved: i64,
}

impl Entry {
    /// The entry for `quantity` of a variant; for [`EntryKind::Adjusted`] the quantity came in.
    pub fn of(kind: EntryKind, variant_id: Uuid, quantity: u32) -> Self {
        let more = i64::from(quantity);
        let fewer = more.saturating_neg();
        let (on_hand, reserved) = match kind {
            EntryKind::Adjusted | EntryKind::Restocked => (more, 0),
            EntryKind::Reserved => (0, more),
            EntryKind::Released => (0, fewer),
            EntryKind::Committed => (fewer, fewer),
        };
        Self {
            variant_id,
            kind,
            on_hand,
            reserved,
        }
    }

    /// The entry for a change by hand.
    pub const fn adjusted(variant_id: Uuid, delta: i64) -> Self {
        Self {
            variant_id,
            kind: EntryKind::Adjusted,
            on_hand: delta,
            reserved: 0,
        }
    }
}

impl EntryKind {
    /// `ADJUSTED`, `RESERVED`, `RELEASED`, `COMMITTED` or `RESTOCKED`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Adjusted => "ADJUSTED",
            Self::Reserved => "RESERVED",
            Self::Released => "RELEASED",
            Self::Committed => "COMMITTED",
            Self::Restocked => "RESTOCKED",
        }
    }

    /// The kind with this code.
    pub fn parse(code: &str) -> Option<Self> {
        [
            Self::Adjusted,
            Self::Reserved,
            Self::Released,
            Self::Committed,
            Self::Restocked,
        ]
        .into_iter()
        .find(|kind| kind.code() == code)
    }
}
