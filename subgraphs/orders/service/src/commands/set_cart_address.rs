//! Says where the things in a cart go. A signed-in user may do so before anything is in it.

use database::idempotency::Once;
use fault::Fault;
use identity::Viewer;
use orders_domain::AddressDraft;
use serde::Serialize;
use uuid::Uuid;

use super::{
    cart_access::CartAccess,
    edit_cart::{CartAnswer, CartRefusal, Edit, Write},
    shop::Shop,
};

/// The address as it was typed.
#[derive(Debug, Serialize)]
pub(crate) struct Input {
    pub(crate) address: Draft,
    pub(crate) if_version: Option<i64>,
}

/// See [`AddressDraft`].
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Draft {
    pub(crate) name: String,
    pub(crate) line1: String,
    pub(crate) line2: Option<String>,
    pub(crate) city: String,
    pub(crate) region: Option<String>,
    pub(crate) postal_code: String,
    pub(crate) country: String,
    pub(crate) phone: Option<String>,
}

/// Sets the address of the cart that `access` means.
pub(crate) async fn run(
    shop: &Shop,
    viewer: &Viewer,
    access: CartAccess,
    key: Option<Uuid>,
    input: Input,
) -> Result<CartAnswer, Fault> {
    let own =
        matches!(&access.holder, crate::store::carts::Holder::User(id) if viewer.id() == Some(*id));
    let edit = Edit {
        shop,
        once: Once::new(access.actor(), "setCartAddress", key, &input),
        create: own && access.cart_id.is_none(),
        access: Some(access),
        if_version: input.if_version,
        variant: None,
    };
    let address = draft(input.address).check().map_err(|faults| {
        let wrong = |fault: orders_domain::AddressFault| CartRefusal::Invalid {
            path: format!("address.{}", fault.field),
            message: fault.message,
        };
        faults.into_iter().map(wrong).collect::<Vec<_>>()
    });
    edit.run(|_, _| address.clone().map(|address| vec![Write::Address(address)]))
        .await
}

fn draft(draft: Draft) -> AddressDraft {
    AddressDraft {
        name: draft.name,
        line1: draft.line1,
        line2: draft.line2,
        city: draft.city,
        region: draft.region,
        postal_code: draft.postal_code,
        country: draft.country,
        phone: draft.phone,
    }
}
