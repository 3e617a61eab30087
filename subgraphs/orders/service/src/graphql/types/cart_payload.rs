//! What every mutation of a cart answers.

use async_graphql::SimpleObject;

use super::{Cart, UserError};
use crate::commands::edit_cart::CartAnswer;

/// What came of a change to a cart.
#[derive(Debug, SimpleObject)]
pub(crate) struct CartPayload {
    /// The cart as it is now, whether it was changed or not.
    cart: Option<Cart>,
    /// The token of a cart that this call has made for a guest: the only way to reach it again. It is told this once.
    cart_token: Option<String>,
    /// Why the change was not made, or not all of it. Empty when it was.
    user_errors: Vec<UserError>,
    /// Whether this outcome was given before, under the same idempotency key.
    replayed: bool,
}

impl From<CartAnswer> for CartPayload {
    fn from(answer: CartAnswer) -> Self {
        Self {
            cart: answer.view.map(Cart),
            cart_token: answer.token,
            user_errors: answer.refusals.into_iter().map(UserError::from).collect(),
            replayed: answer.replayed,
        }
    }
}
