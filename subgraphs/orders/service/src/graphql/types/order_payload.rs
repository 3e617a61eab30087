//! What every mutation of an order answers.

use async_graphql::SimpleObject;

use super::{Order, UserError};
use crate::commands::move_order::MoveAnswer;

/// What came of a change to an order.
#[derive(Debug, SimpleObject)]
pub(crate) struct OrderPayload {
    /// The order as it is now, whether it was changed or not.
    pub(crate) order: Option<Order>,
    /// Why the change was not made. Empty when it was.
    pub(crate) user_errors: Vec<UserError>,
    /// Whether this outcome was given before, under the same idempotency key.
    pub(crate) replayed: bool,
}

impl From<MoveAnswer> for OrderPayload {
    fn from(answer: MoveAnswer) -> Self {
        Self {
            order: Some(Order(answer.order)),
            user_errors: answer.refusals.into_iter().map(UserError::from).collect(),
            replayed: answer.replayed,
        }
    }
}
