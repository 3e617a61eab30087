//! What is wrong with a cart line at this moment. A problem is told, not thrown: the cart always comes back.

use money::{Currency, Money};
use uuid::Uuid;

use crate::cart::CartLine;

/// What can be bought, as orders knows it from events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The variant.
    pub variant_id: Uuid,
    /// The product that it is a variant of.
    pub product_id: Uuid,
    /// Its stock keeping unit.
    pub sku: String,
    /// What it is called, the product's name included.
    pub name: String,
    /// What one costs.
    pub price: Money,
    /// Whether it is published and neither archived nor deleted.
    pub for_sale: bool,
    /// How many can be bought now.
    pub available: u32,
}

impl Offer {
    /// Whether it can be bought in `currency`.
    pub fn sells_in(&self, currency: Currency) -> bool {
        self.for_sale && self.price.currency() == currency
    }
}

/// One thing that is wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The price is another one than when the line was added.
    PriceChanged {
        /// What it was.
        was: Money,
        /// What it is.
        is: Money,
    },
    /// There are fewer than asked for.
    ShortStock {
        /// How many there are.
        available: u32,
    },
    /// It cannot be bought any more.
    NotForSale,
}

/// The problems of a line, given what can be bought of it now.
pub fn problems(line: &CartLine, offer: Option<&Offer>, currency: Currency) -> Vec<Problem> {
    let Some(offer) = offer.filter(|offer| offer.sells_in(currency)) else {
        return vec![Problem::NotForSale];
    };
    let mut found = Vec::new();
    if offer.price != line.seen_price {
        found.push(Problem::PriceChanged {
            was: line.seen_price,
            is: offer.price,
        });
    }
    if offer.available < line.quantity {
        found.push(Problem::ShortStock {
            available: offer.available,
        });
    }
    found
}
