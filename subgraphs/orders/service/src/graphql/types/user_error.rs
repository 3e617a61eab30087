//! Refusals that a shopper or a storefront can act on.

use async_graphql::{ID, Interface, SimpleObject};
use serving::graphql::{IdempotencyConflict, InvalidInput, Money, StaleVersion};

use super::{OrderStatus, Variant};

/// Why a mutation did not do what was asked, or not all of it. The concrete types say more.
#[derive(Debug, Interface)]
#[graphql(field(name = "message", ty = "String", desc = "What is wrong, in words."))]
pub(crate) enum UserError {
    InvalidInput(InvalidInput),
    StaleVersion(StaleVersion),
    IdempotencyConflict(IdempotencyConflict),
    OutOfStock(OutOfStock),
    NotForSale(NotForSale),
    CartEmpty(CartEmpty),
    CartFull(CartFull),
    CartCut(CartCut),
    AddressMissing(AddressMissing),
    TotalChanged(TotalChanged),
    InvalidTransition(InvalidTransition),
}

/// There is less of something than a line asks for. Nothing was ordered; the cart is as it was.
#[derive(Debug, SimpleObject)]
pub(crate) struct OutOfStock {
    /// What is wrong, in words.
    pub(crate) message: String,
    /// The line of the cart.
    pub(crate) line_id: ID,
    /// How many there are.
    pub(crate) available: u32,
    /// Of what.
    pub(crate) variant: Variant,
}

/// Something cannot be bought (any more), or not in this shop's currency.
#[derive(Debug, SimpleObject)]
pub(crate) struct NotForSale {
    /// What is wrong, in words.
    pub(crate) message: String,
    /// What it is.
    pub(crate) variant: Variant,
}

/// There is nothing in the cart to order.
#[derive(Debug, SimpleObject)]
pub(crate) struct CartEmpty {
    /// What is wrong, in words.
    pub(crate) message: String,
}

/// The cart has no room for another line.
#[derive(Debug, SimpleObject)]
pub(crate) struct CartFull {
    /// What is wrong, in words.
    pub(crate) message: String,
    /// How many lines it can have.
    pub(crate) limit: i32,
}

/// When two carts became one, not all pieces of a variant fitted in. The rest of the merge was done.
#[derive(Debug, SimpleObject)]
pub(crate) struct CartCut {
    /// What is wrong, in words.
    pub(crate) message: String,
    /// Of what some were left out.
    pub(crate) variant: Variant,
}

/// The cart has no address; set one with `setCartAddress`.
#[derive(Debug, SimpleObject)]
pub(crate) struct AddressMissing {
    /// What is wrong, in words.
    pub(crate) message: String,
}

/// The order would come to another total than the expected one. Nothing was ordered.
#[derive(Debug, SimpleObject)]
pub(crate) struct TotalChanged {
    /// What is wrong, in words.
    pub(crate) message: String,
    /// What was expected.
    pub(crate) expected: Money,
    /// What it would be.
    pub(crate) actual: Money,
}

/// The order cannot go there from where it stands. Nothing was changed.
#[derive(Debug, SimpleObject)]
pub(crate) struct InvalidTransition {
    /// What is wrong, in words.
    pub(crate) message: String,
    /// Where it stands.
    pub(crate) status: OrderStatus,
    /// Where it may go from there.
    pub(crate) next_states: Vec<OrderStatus>,
}
