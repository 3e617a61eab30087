//! Sets how many pieces a line of a cart holds. That also takes note of the present price.

use database::idempotency::Once;
use fault::Fault;
use serde::Serialize;
use uuid::Uuid;

use super::{
    cart_access::CartAccess,
    edit_cart::{CartAnswer, Edit, Write, refused},
    shop::Shop,
};

/// What to change.
#[derive(Debug, Serialize)]
pub(crate) struct Input {
    pub(crate) line_id: Uuid,
    pub(crate) quantity: u32,
    pub(crate) if_version: Option<i64>,
}

/// Changes a line of the cart that `access` means.
pub(crate) async fn run(
    shop: &Shop,
    access: CartAccess,
    key: Option<Uuid>,
    input: Input,
) -> Result<CartAnswer, Fault> {
    let edit = Edit {
        shop,
        once: Once::new(access.actor(), "changeCartLine", key, &input),
        access: Some(access),
        if_version: input.if_version,
        variant: None,
        create: false,
    };
    edit.run(|cart, offers| {
        let variant = cart
            .lines
            .lines()
            .iter()
            .find(|line| line.id == input.line_id)
            .map(|line| line.variant_id);
        let price = variant
            .and_then(|id| offers.get(&id))
            .map(|offer| offer.price);
        let line = cart
            .lines
            .change(input.line_id, input.quantity, price, shop.settings.limits)
            .map_err(|error| refused(error, input.line_id))?;
        Ok(vec![Write::Put(line)])
    })
    .await
}
