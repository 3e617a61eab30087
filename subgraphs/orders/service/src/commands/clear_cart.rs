//! Takes all lines out of a cart. The address stays.

use database::idempotency::Once;
use fault::Fault;
use orders_domain::Cart;
use serde::Serialize;
use uuid::Uuid;

use super::{
    cart_access::CartAccess,
    edit_cart::{CartAnswer, Edit, Write},
    shop::Shop,
};

/// When to do it.
#[derive(Debug, Serialize)]
pub(crate) struct Input {
    pub(crate) if_version: Option<i64>,
}

/// Empties the cart that `access` means.
pub(crate) async fn run(
    shop: &Shop,
    access: CartAccess,
    key: Option<Uuid>,
    input: Input,
) -> Result<CartAnswer, Fault> {
    let edit = Edit {
        shop,
        once: Once::new(access.actor(), "clearCart", key, &input),
        access: Some(access),
        if_version: input.if_version,
        variant: None,
        create: false,
    };
    edit.run(|cart, _| {
        cart.lines = Cart::default();
        Ok(vec![Write::Clear])
    })
    .await
}
