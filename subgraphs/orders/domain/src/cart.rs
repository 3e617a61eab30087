//! The cart. Operations on different lines commute, and so do additions to one line: parallel edits lose nothing.

use clock::Timestamp;
use money::Money;
use uuid::Uuid;

/// How large a cart may become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Lines in a cart.
    pub lines: usize,
    /// Pieces on one line.
    pub quantity: u32,
}

/// One variant in a cart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CartLine {
    /// Its id.
    pub id: Uuid,
    /// The variant.
    pub variant_id: Uuid,
    /// How many, at least 1.
    pub quantity: u32,
    /// What one cost when the customer last touched the line.
    pub seen_price: Money,
    /// When the line came into the cart.
    pub added_at: Timestamp,
}

/// The lines of a cart, at most one a variant.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Cart {
    lines: Vec<CartLine>,
}

/// Why a cart refused an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CartError {
    /// There is no room for another line.
    #[error("a cart holds at most {limit} lines")]
    TooManyLines {
        /// How many there may be.
        limit: usize,
    },
    /// The line would hold no piece or too many.
    #[error("a line holds 1 to {limit} pieces")]
    Quantity {
        /// How many there may be.
        limit: u32,
    },
    /// The cart has no such line.
    #[error("the cart has no such line")]
    NoSuchLine,
}

/// What became of the lines of another cart.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Merged {
    /// The lines that are new or hold more than before.
    pub changed: Vec<CartLine>,
    /// The variants of which something did not fit.
    pub cut: Vec<Uuid>,
}

impl Cart {
    /// The cart of these lines.
    pub const fn new(lines: Vec<CartLine>) -> Self {
        Self { lines }
    }

    /// The lines, oldest first.
    pub fn lines(&self) -> &[CartLine] {
        &self.lines
    }

    /// Adds pieces: to the line of the variant when there is one, else as a new line under `line.id`. Gives the line as
    /// it is then.
    pub fn add(&mut self, line: CartLine, limits: Limits) -> Result<CartLine, CartError> {
        let beyond = CartError::Quantity {
            limit: limits.quantity,
        };
        let room = 1..=limits.quantity;
        let full = self.lines.len() >= limits.lines;
        match self
            .lines
            .iter_mut()
            .find(|there| there.variant_id == line.variant_id)
        {
            Some(there) => {
                let quantity = there.quantity.checked_add(line.quantity).ok_or(beyond)?;
                if line.quantity == 0 || !room.contains(&quantity) {
                    return Err(beyond);
                }
                there.quantity = quantity;
                there.seen_price = line.seen_price;
                Ok(*there)
            }
            None if !room.contains(&line.quantity) => Err(beyond),
            None if full => Err(CartError::TooManyLines {
                limit: limits.lines,
            }),
            None => {
                self.lines.push(line);
                Ok(line)
            }
        }
    }

    /// Sets how many pieces a line holds, and takes note of the price at that moment when it is known.
    pub fn change(
        &mut self,
        line_id: Uuid,
        quantity: u32,
        price: Option<Money>,
        limits: Limits,
    ) -> Result<CartLine, CartError> {
        if !(1..=limits.quantity).contains(&quantity) {
            return Err(CartError::Quantity {
                limit: limits.quantity,
            });
        }
        let line = self
            .lines
            .iter_mut()
            .find(|line| line.id == line_id)
            .ok_or(CartError::NoSuchLine)?;
        line.quantity = quantity;
        line.seen_price = price.unwrap_or(line.seen_price);
        Ok(*line)
    }

    /// Takes a line out and gives it.
    pub fn remove(&mut self, line_id: Uuid) -> Result<CartLine, CartError> {
        let index = self
            .lines
            .iter()
            .position(|line| line.id == line_id)
            .ok_or(CartError::NoSuchLine)?;
        Ok(self.lines.remove(index))
    }

    /// Takes in the lines of another cart: pieces of one variant add up. What goes beyond a limit is cut, because a
    /// log-in must not fail over it, and is told.
    pub fn merge(&mut self, other: Self, limits: Limits) -> Merged {
        let mut merged = Merged::default();
        for line in other.lines {
            let there = self
                .lines
                .iter()
                .find(|there| there.variant_id == line.variant_id);
            let room = limits
                .quantity
                .saturating_sub(there.map_or(0, |there| there.quantity));
            let quantity = line.quantity.min(room);
            let mut whole = quantity == line.quantity;
            if quantity > 0 {
                match self.add(CartLine { quantity, ..line }, limits) {
                    Ok(line) => merged.changed.push(line),
                    Err(_) => whole = false,
                }
            }
            if !whole {
                merged.cut.push(line.variant_id);
            }
        }
        merged
    }
}
