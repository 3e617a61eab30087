//! How many of a variant there are, and how many of those are promised.

/// At most so many of a variant.
pub const MAX_ON_HAND: i64 = 1_000_000_000;

/// Stock at the shop's one location. Always `0 <= reserved <= on_hand <= MAX_ON_HAND`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct StockLevel {
    on_hand: i64,
    reserved: i64,
}

/// A change of stock passed the threshold under which few are left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crossing {
    /// What is available fell to the threshold or below.
    Low,
    /// It rose above.
    Replenished,
}

impl Crossing {
    /// What going from `before` with one threshold to `after` with another (or the same) comes to; none when it stays
    /// on the same side. Without a threshold there are never few.
    pub fn between(before: (i64, Option<i64>), after: (i64, Option<i64>)) -> Option<Self> {
        let low = |(available, threshold): (i64, Option<i64>)| {
            threshold.is_some_and(|threshold| available <= threshold)
        };
        match (low(before), low(after)) {
            (false, true) => Some(Self::Low),
            (true, false) => Some(Self::Replenished),
            _ => None,
        }
    }
}

/// Why stock cannot change so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StockError {
    /// Fewer are free than were asked for.
    #[error("only {available} are available")]
    Short {
        /// How many are free.
        available: i64,
    },
    /// Fewer are reserved than should be given back or deducted.
    #[error("only {reserved} are reserved")]
    NotReserved {
        /// How many are reserved.
        reserved: i64,
    },
    /// The count would pass [`MAX_ON_HAND`] or is no count at all.
    #[error("a count must be 0 to {MAX_ON_HAND}")]
    OutOfRange,
}

impl StockLevel {
    /// The level with these counts.
    pub fn new(on_hand: i64, reserved: i64) -> Result<Self, StockError> {
        if !(0..=MAX_ON_HAND).contains(&on_hand) || reserved < 0 {
            return Err(StockError::OutOfRange);
        }
        if reserved > on_hand {
            return Err(StockError::Short { available: on_hand });
        }
        Ok(Self { on_hand, reserved })
    }

    /// How many are in the house.
    pub const fn on_hand(self) -> i64 {
        self.on_hand
    }

    /// How many of those are promised to orders.
    pub const fn reserved(self) -> i64 {
        self.reserved
    }

    /// How many can still be promised.
    pub const fn available(self) -> i64 {
        self.on_hand.saturating_sub(self.reserved)
    }

    /// Promises `quantity`.
    pub fn reserve(self, quantity: u32) -> Result<Self, StockError> {
        if i64::from(quantity) > self.available() {
            return Err(StockError::Short {
                available: self.available(),
            });
        }
        Self::new(
            self.on_hand,
            self.reserved.saturating_add(i64::from(quantity)),
        )
    }

    /// Takes a promise of `quantity` back.
    pub fn release(self, quantity: u32) -> Result<Self, StockError> {
        self.unreserved(quantity)
            .and_then(|reserved| Self::new(self.on_hand, reserved))
    }

    /// Sells `quantity` that were promised.
    pub fn commit(self, quantity: u32) -> Result<Self, StockError> {
        let reserved = self.unreserved(quantity)?;
        Self::new(self.on_hand.saturating_sub(i64::from(quantity)), reserved)
    }

    /// Takes `quantity` that had been sold back into the house.
    pub fn restock(self, quantity: u32) -> Result<Self, StockError> {
        self.adjust(i64::from(quantity))
    }

    /// Counts `delta` more (or fewer) in the house; what is promised must stay covered.
    pub fn adjust(self, delta: i64) -> Result<Self, StockError> {
        let on_hand = self
            .on_hand
            .checked_add(delta)
            .ok_or(StockError::OutOfRange)?;
        if on_hand < self.reserved {
            return Err(StockError::Short {
                available: self.available(),
            });
        }
        Self::new(on_hand, self.reserved)
    }

    fn unreserved(self, quantity: u32) -> Result<i64, StockError> {
        let left = self.reserved.saturating_sub(i64::from(quantity));
        if left < 0 {
            Err(StockError::NotReserved {
                reserved: self.reserved,
            })
        } else {
            Ok(left)
        }
    }
}
