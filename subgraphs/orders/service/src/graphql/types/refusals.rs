//! What commands refuse, as user errors.

use serving::graphql::{IdempotencyConflict, InvalidInput, StaleVersion, global_id};

use super::{
    OrderStatus, UserError, Variant,
    user_error::{
        AddressMissing, CartCut, CartEmpty, CartFull, InvalidTransition, NotForSale, OutOfStock,
        TotalChanged,
    },
};
use crate::commands::{edit_cart::CartRefusal, move_order::MoveRefusal, place_order::PlaceRefusal};

impl From<CartRefusal> for UserError {
    fn from(refusal: CartRefusal) -> Self {
        match refusal {
            CartRefusal::Invalid { path, message } => {
                Self::InvalidInput(InvalidInput::at(&path, message))
            }
            CartRefusal::Stale { current } => Self::StaleVersion(StaleVersion::now(current)),
            CartRefusal::Conflict => Self::IdempotencyConflict(IdempotencyConflict::new()),
            CartRefusal::NotForSale { variant_id } => not_for_sale(variant_id),
            CartRefusal::Full { limit } => Self::CartFull(CartFull {
                message: format!("a cart has room for {limit} lines"),
                limit: i32::try_from(limit).unwrap_or(i32::MAX),
            }),
            CartRefusal::NoSuchLine { .. } => {
                Self::InvalidInput(InvalidInput::at("lineId", "the cart has no such line"))
            }
            CartRefusal::Cut { variant_id } => Self::CartCut(CartCut {
                message: "not all of this fitted into the cart".to_owned(),
                variant: Variant::of(variant_id),
            }),
        }
    }
}

impl From<PlaceRefusal> for UserError {
    fn from(refusal: PlaceRefusal) -> Self {
        match refusal {
            PlaceRefusal::Stale { current } => Self::StaleVersion(StaleVersion::now(current)),
            PlaceRefusal::Conflict => Self::IdempotencyConflict(IdempotencyConflict::new()),
            PlaceRefusal::Empty => Self::CartEmpty(CartEmpty {
                message: "there is nothing in the cart".to_owned(),
            }),
            PlaceRefusal::NoAddress => Self::AddressMissing(AddressMissing {
                message: "say where the order goes: set the cart's address first".to_owned(),
            }),
            PlaceRefusal::NotForSale { variant_id } => not_for_sale(variant_id),
            PlaceRefusal::OutOfStock {
                line_id,
                variant_id,
                available,
            } => Self::OutOfStock(OutOfStock {
                message: match available {
                    0 => "this is out of stock".to_owned(),
                    left => format!("only {left} left"),
                },
                line_id: global_id::encode("CartLine", line_id),
                available,
                variant: Variant::of(variant_id),
            }),
            PlaceRefusal::OtherTotal { expected, actual } => Self::TotalChanged(TotalChanged {
                message: format!("the order would come to {actual}, not to {expected}"),
                expected: expected.into(),
                actual: actual.into(),
            }),
            PlaceRefusal::TooMuch => Self::InvalidInput(InvalidInput::at(
                "cartId",
                "this cart costs more than can be counted",
            )),
        }
    }
}

impl From<MoveRefusal> for UserError {
    fn from(refusal: MoveRefusal) -> Self {
        match refusal {
            MoveRefusal::Invalid { path, message } => {
                Self::InvalidInput(InvalidInput::at(&path, message))
            }
            MoveRefusal::Stale { current } => Self::StaleVersion(StaleVersion::now(current)),
            MoveRefusal::Conflict => Self::IdempotencyConflict(IdempotencyConflict::new()),
            MoveRefusal::NoEdge { from, to } => Self::InvalidTransition(InvalidTransition {
                message: format!("an order that is {from} cannot become {to}"),
                status: from.into(),
                next_states: from
                    .next_states()
                    .iter()
                    .copied()
                    .map(OrderStatus::from)
                    .collect(),
            }),
        }
    }
}

fn not_for_sale(variant: uuid::Uuid) -> UserError {
    UserError::NotForSale(NotForSale {
        message: "this is not for sale".to_owned(),
        variant: Variant::of(variant),
    })
}
