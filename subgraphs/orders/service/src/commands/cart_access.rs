//! Whose cart a request means: the one behind the token it brings, else the user's own.

use identity::Viewer;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::store::carts::{Holder, StoredCart};

/// The cart that a request means.
#[derive(Clone, Debug)]
pub(crate) struct CartAccess {
    pub(crate) holder: Holder,
    /// When given, the cart must have this id.
    pub(crate) cart_id: Option<Uuid>,
}

impl CartAccess {
    /// The cart behind `token`, else the viewer's own; nothing for someone who is nobody and has no token.
    pub(crate) fn of(viewer: &Viewer, token: Option<&str>, cart_id: Option<Uuid>) -> Option<Self> {
        let holder = match (token, viewer.id()) {
            (Some(token), _) => Holder::Token(hash(token)),
            (None, Some(user)) => Holder::User(user),
            (None, None) => return None,
        };
        Some(Self { holder, cart_id })
    }

    /// For whom outcomes are kept.
    pub(crate) fn actor(&self) -> String {
        match &self.holder {
            Holder::User(id) => id.to_string(),
            Holder::Token(hash) => format!("cart:{hash}"),
        }
    }

    /// Whether the holder's cart is the one that was meant.
    pub(crate) fn means(&self, cart: &StoredCart) -> bool {
        self.cart_id.is_none_or(|id| id == cart.id)
    }
}

/// What is stored of a token: SHA-256, which needs no salt for 32 random bytes.
pub(crate) fn hash(token: &str) -> String {
    use std::fmt::Write;
    Sha256::digest(token.as_bytes())
        .iter()
        .fold(String::with_capacity(64), |mut hex, byte| {
            // Writing to a String cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}
