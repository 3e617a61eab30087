//! What all verbs of the cart share: find it, let the verb decide, save, keep the outcome. The verbs say what to decide.

use std::{collections::HashMap, time::Duration};

use database::{
    Source, Tx,
    idempotency::{Once, Seen},
};
use fault::Fault;
use orders_domain::{Address, CartError, CartLine, Offer};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{cart_access::CartAccess, shop::Shop};
use crate::store::{
    self,
    carts::{Holder, StoredCart},
};

/// A cart with what can be bought of it.
#[derive(Clone, Debug)]
pub(crate) struct CartView {
    pub(crate) cart: StoredCart,
    pub(crate) offers: HashMap<Uuid, Offer>,
}

/// Why an edit changed nothing, or not all that it should have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "refusal", rename_all = "snake_case")]
pub(crate) enum CartRefusal {
    /// A value of the input is wrong.
    Invalid { path: String, message: String },
    /// The cart is at another version.
    Stale { current: i64 },
    /// The key was used with another input.
    Conflict,
    /// The variant cannot be bought.
    NotForSale { variant_id: Uuid },
    /// There is no room for another line.
    Full { limit: usize },
    /// The cart has no such line.
    NoSuchLine { line_id: Uuid },
    /// Not all pieces of a variant fitted in when two carts became one.
    Cut { variant_id: Uuid },
}

/// What an edit led to.
#[derive(Clone, Debug)]
pub(crate) struct CartAnswer {
    /// The cart as it is now; none when it is gone by the time an outcome is given again.
    pub(crate) view: Option<CartView>,
    /// The token of a cart that this edit made for a guest. It is told this once.
    pub(crate) token: Option<String>,
    pub(crate) refusals: Vec<CartRefusal>,
    pub(crate) replayed: bool,
}

/// What is to be written.
pub(crate) enum Write {
    Put(CartLine),
    Delete(Uuid),
    Clear,
    Address(Address),
}

/// What is known when a verb decides: the cart's lines to change in place, and the offers.
pub(crate) type Decision = Result<Vec<Write>, Vec<CartRefusal>>;

/// One edit.
pub(crate) struct Edit<'a> {
    pub(crate) shop: &'a Shop,
    /// Whose cart; nobody's means that a guest gets a new one.
    pub(crate) access: Option<CartAccess>,
    pub(crate) once: Once,
    pub(crate) if_version: Option<i64>,
    /// A variant that the verb needs the offer of, beside those in the cart.
    pub(crate) variant: Option<Uuid>,
    /// Whether a cart is made when the holder has none.
    pub(crate) create: bool,
}

impl Edit<'_> {
    /// Runs it. `decide` changes the cart's lines in place and says what to write of that.
    pub(crate) async fn run<D>(self, decide: D) -> Result<CartAnswer, Fault>
    where
        D: Fn(&mut StoredCart, &HashMap<Uuid, Offer>) -> Decision + Sync,
    {
        let token = self.access.is_none().then(|| self.shop.clock.token());
        let access = match (&self.access, &token) {
            (Some(access), _) => access.clone(),
            (None, Some(token)) if self.create => CartAccess {
                holder: Holder::Token(super::cart_access::hash(token)),
                cart_id: None,
            },
            _ => return Err(Fault::not_found("cart")),
        };
        let new_id = self.shop.clock.id();
        let (edit, decide, access, made) = (&self, &decide, &access, token.is_some());
        let mut answer = self
            .shop
            .database
            .write(|tx| async move { edit.attempt(&tx, access, made, new_id, decide).await })
            .await?;
        answer.token = token;
        Ok(answer)
    }

    async fn attempt<D>(
        &self,
        tx: &Tx,
        access: &CartAccess,
        made: bool,
        new_id: Uuid,
        decide: &D,
    ) -> Result<CartAnswer, Fault>
    where
        D: Fn(&mut StoredCart, &HashMap<Uuid, Offer>) -> Decision + Sync,
    {
        let answer = |view, refusals, replayed| CartAnswer {
            view,
            token: None,
            refusals,
            replayed,
        };
        let seen = self.once.look::<Vec<CartRefusal>>(tx).await?;
        let mut found = if made {
            None
        } else {
            store::carts::lock(tx, &access.holder).await?
        };
        // A token makes no cart: it would be one that a client chose.
        let may_create = self.create && (made || matches!(access.holder, Holder::User(_)));
        if found.is_none() && may_create && matches!(seen, Seen::Never) {
            let kept = self.kept(&access.holder);
            store::carts::create(tx, new_id, &access.holder, tx.now().await?, kept).await?;
            found = store::carts::lock(tx, &access.holder).await?;
        }
        let found = found.filter(|cart| access.means(cart));
        match (seen, found) {
            (Seen::Never, None) => Err(Fault::not_found("cart")),
            (Seen::Never, Some(cart)) => {
                let (view, refusals) = self.decide(tx, access, cart, decide).await?;
                self.once.keep(tx, &refusals).await?;
                Ok(answer(Some(view), refusals, false))
            }
            (Seen::Before(refusals), found) => {
                Ok(answer(self.view(tx, found).await?, refusals, true))
            }
            (Seen::Otherwise, found) => Ok(answer(
                self.view(tx, found).await?,
                vec![CartRefusal::Conflict],
                false,
            )),
        }
    }

    async fn decide<D>(
        &self,
        tx: &Tx,
        access: &CartAccess,
        mut cart: StoredCart,
        decide: &D,
    ) -> Result<(CartView, Vec<CartRefusal>), Fault>
    where
        D: Fn(&mut StoredCart, &HashMap<Uuid, Offer>) -> Decision + Sync,
    {
        let mut variants: Vec<Uuid> = cart
            .lines
            .lines()
            .iter()
            .map(|line| line.variant_id)
            .collect();
        variants.extend(self.variant);
        let offers = store::offers::load(tx, &variants).await?;
        if self
            .if_version
            .is_some_and(|version| version != cart.version)
        {
            let stale = CartRefusal::Stale {
                current: cart.version,
            };
            return Ok((CartView { cart, offers }, vec![stale]));
        }
        let mut refusals = Vec::new();
        match decide(&mut cart, &offers) {
            Err(refused) => refusals = refused,
            Ok(writes) => {
                let kept = self.kept(&access.holder);
                let mut address = None;
                for write in writes {
                    match write {
                        Write::Put(line) => store::carts::put_line(tx, cart.id, &line).await?,
                        Write::Delete(line) => store::carts::delete_line(tx, line).await?,
                        Write::Clear => store::carts::delete_lines(tx, cart.id).await?,
                        Write::Address(new) => address = Some(new),
                    }
                }
                match &address {
                    Some(address) => store::carts::set_address(tx, cart.id, address, kept).await?,
                    None => store::carts::touch(tx, cart.id, kept).await?,
                }
                cart.address = address.or(cart.address);
                cart.version += 1;
            }
        }
        Ok((CartView { cart, offers }, refusals))
    }

    async fn view(&self, tx: &Tx, cart: Option<StoredCart>) -> Result<Option<CartView>, Fault> {
        Ok(match cart {
            Some(cart) => Some(view(tx, cart).await?),
            None => None,
        })
    }

    fn kept(&self, holder: &Holder) -> Duration {
        match holder {
            Holder::User(_) => self.shop.settings.user_cart,
            Holder::Token(_) => self.shop.settings.guest_cart,
        }
    }
}

/// A cart with its offers, for showing it.
pub(crate) async fn view(
    from: &impl Source,
    cart: StoredCart,
) -> Result<CartView, database::DatabaseError> {
    let variants: Vec<Uuid> = cart
        .lines
        .lines()
        .iter()
        .map(|line| line.variant_id)
        .collect();
    let offers = store::offers::load(from, &variants).await?;
    Ok(CartView { cart, offers })
}

/// What the domain refused, in the words of the input.
pub(crate) fn refused(error: CartError, line_id: Uuid) -> Vec<CartRefusal> {
    vec![match error {
        CartError::TooManyLines { limit } => CartRefusal::Full { limit },
        CartError::Quantity { .. } => CartRefusal::Invalid {
            path: "quantity".to_owned(),
            message: error.to_string(),
        },
        CartError::NoSuchLine => CartRefusal::NoSuchLine { line_id },
    }]
}
