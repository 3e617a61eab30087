//! What is wrong with a cart at this moment.

use async_graphql::{ID, Interface, SimpleObject};
use orders_domain::{CartLine, Problem};
use serving::graphql::{Money, global_id};

use super::Variant;

/// Something about a cart that its owner should look at before ordering. The cart can be used all the same.
#[derive(Debug, Interface)]
#[graphql(
    field(
        name = "message",
        ty = "String",
        desc = "What is wrong, in words for the shopper."
    ),
    field(name = "line_id", ty = "&ID", desc = "The line that it is about.")
)]
pub(crate) enum CartProblem {
    PriceChanged(PriceChanged),
    ShortStock(ShortStock),
    NoLongerForSale(NoLongerForSale),
}

/// A price is another one than when the line was last touched. The order would cost the new one.
#[derive(Debug, SimpleObject)]
pub(crate) struct PriceChanged {
    /// What is wrong, in words for the shopper.
    message: String,
    /// The line that it is about.
    line_id: ID,
    /// What one cost.
    was: Money,
    /// What one costs now.
    is: Money,
}

/// There is less of something than the line asks for.
#[derive(Debug, SimpleObject)]
pub(crate) struct ShortStock {
    /// What is wrong, in words for the shopper.
    message: String,
    /// The line that it is about.
    line_id: ID,
    /// How many the line asks for.
    requested: u32,
    /// How many there are.
    available: u32,
}

/// Something cannot be bought any more. The line counts nothing.
#[derive(Debug, SimpleObject)]
pub(crate) struct NoLongerForSale {
    /// What is wrong, in words for the shopper.
    message: String,
    /// The line that it is about.
    line_id: ID,
    /// What cannot be bought.
    variant: Variant,
}

impl CartProblem {
    pub(crate) fn of(line: &CartLine, problem: Problem) -> Self {
        let line_id = global_id::encode("CartLine", line.id);
        match problem {
            Problem::PriceChanged { was, is } => Self::PriceChanged(PriceChanged {
                message: format!("the price has changed from {was} to {is}"),
                line_id,
                was: was.into(),
                is: is.into(),
            }),
            Problem::ShortStock { available } => Self::ShortStock(ShortStock {
                message: match available {
                    0 => "this is out of stock".to_owned(),
                    left => format!("only {left} left"),
                },
                line_id,
                requested: line.quantity,
                available,
            }),
            Problem::NotForSale => Self::NoLongerForSale(NoLongerForSale {
                message: "this is no longer for sale".to_owned(),
                line_id,
                variant: Variant::of(line.variant_id),
            }),
        }
    }
}
