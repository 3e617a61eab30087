//! Takes a line out of a cart.

use database::idempotency::Once;
use fault::Fault;
use serde::Serialize;
use uuid::Uuid;

use super::{
    cart_access::CartAccess,
    edit_cart::{CartAnswer, Edit, Write, refused},
    shop::Shop,
};

/// What to take out.
#[derive(Debug, Serialize)]
pub(crate) struct Input {
    pub(crate) line_id: Uuid,
    pub(crate) if_version: Option<i64>,
}

/// Takes a line out of the cart that `access` means.
pub(crate) async fn run(
    shop: &Shop,
    access: CartAccess,
    key: Option<Uuid>,
    input: Input,
) -> Result<CartAnswer, Fault> {
    let edit = Edit {
        shop,
        once: Once::new(access.actor(), "removeCartLine", key, &input),
        access: Some(access),
        if_version: input.if_version,
        variant: None,
        create: false,
    };
    edit.run(|cart, _| {
        let line = cart
            .lines
            .remove(input.line_id)
            .map_err(|error| refused(error, input.line_id))?;
        Ok(vec![Write::Delete(line.id)])
    })
    .await
}
