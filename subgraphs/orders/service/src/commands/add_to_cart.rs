//! Puts pieces of a variant into a cart. Adding what is there already adds to its line.

use database::idempotency::Once;
use fault::Fault;
use orders_domain::CartLine;
use serde::Serialize;
use uuid::Uuid;

use super::{
    cart_access::CartAccess,
    edit_cart::{CartAnswer, CartRefusal, Edit, Write, refused},
    shop::Shop,
};

/// What to add.
#[derive(Debug, Serialize)]
pub(crate) struct Input {
    pub(crate) variant_id: Uuid,
    pub(crate) quantity: u32,
    pub(crate) if_version: Option<i64>,
}

/// Adds to the cart that `access` means. Without one a guest gets a new cart, and its token; the key counts for nothing
/// then, because there is nobody yet whom it could belong to.
pub(crate) async fn run(
    shop: &Shop,
    access: Option<CartAccess>,
    key: Option<Uuid>,
    input: Input,
) -> Result<CartAnswer, Fault> {
    let key = key.filter(|_| access.is_some());
    let actor = access.as_ref().map(CartAccess::actor).unwrap_or_default();
    let line_id = shop.clock.id();
    let edit = Edit {
        shop,
        access,
        once: Once::new(actor, "addToCart", key, &input),
        if_version: input.if_version,
        variant: Some(input.variant_id),
        create: true,
    };
    edit.run(|cart, offers| {
        let currency = shop.settings.rules.currency;
        let Some(offer) = offers
            .get(&input.variant_id)
            .filter(|offer| offer.sells_in(currency))
        else {
            return Err(vec![CartRefusal::NotForSale {
                variant_id: input.variant_id,
            }]);
        };
        let line = CartLine {
            id: line_id,
            variant_id: input.variant_id,
            quantity: input.quantity,
            seen_price: offer.price,
            added_at: shop.clock.now(),
        };
        let line = cart
            .lines
            .add(line, shop.settings.limits)
            .map_err(|error| refused(error, line_id))?;
        Ok(vec![Write::Put(line)])
    })
    .await
}
