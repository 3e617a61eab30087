//! A guest logs in: what is in the guest's cart comes into the user's own, in one transaction, and the guest's is gone.

use database::idempotency::{Once, Seen};
use fault::Fault;
use serde::Serialize;
use uuid::Uuid;

use super::{
    cart_access,
    edit_cart::{CartAnswer, CartRefusal, view},
    shop::Shop,
};
use crate::store::{self, carts::Holder};

/// Which cart comes in.
#[derive(Debug, Serialize)]
pub(crate) struct Input {
    /// The hash stands for the token wherever something is kept.
    token_hash: String,
}

impl Input {
    pub(crate) fn of(token: &str) -> Self {
        Self {
            token_hash: cart_access::hash(token),
        }
    }
}

/// Merges the guest's cart into the cart of `user`. Pieces of one variant add up; what goes beyond a limit is cut and told.
pub(crate) async fn run(
    shop: &Shop,
    user: Uuid,
    key: Option<Uuid>,
    input: Input,
) -> Result<CartAnswer, Fault> {
    let once = Once::new(user.to_string(), "mergeCart", key, &input);
    let (own, guest) = (Holder::User(user), Holder::Token(input.token_hash));
    let (once, own, guest, new_id) = (&once, &own, &guest, shop.clock.id());
    shop.database
        .write(|tx| async move {
            let answer = |view, refusals, replayed| CartAnswer {
                view: Some(view),
                token: None,
                refusals,
                replayed,
            };
            let seen = once.look::<Vec<CartRefusal>>(&tx).await?;
            let mine = store::carts::lock(&tx, own).await?;
            if let Seen::Before(_) | Seen::Otherwise = seen {
                let (refusals, replayed) = match seen {
                    Seen::Before(refusals) => (refusals, true),
                    _ => (vec![CartRefusal::Conflict], false),
                };
                return match mine {
                    Some(cart) => Ok(answer(view(&tx, cart).await?, refusals, replayed)),
                    None => Ok(CartAnswer {
                        view: None,
                        token: None,
                        refusals,
                        replayed,
                    }),
                };
            }
            let coming = store::carts::lock(&tx, guest)
                .await?
                .ok_or_else(|| Fault::not_found("cart"))?;
            let kept = shop.settings.user_cart;
            let mut mine = if let Some(cart) = mine {
                cart
            } else {
                store::carts::create(&tx, new_id, own, tx.now().await?, kept).await?;
                store::carts::lock(&tx, own)
                    .await?
                    .ok_or_else(|| Fault::not_found("cart"))?
            };
            // The guest's lines go first: a line that moves keeps its id.
            store::carts::delete(&tx, coming.id).await?;
            let merged = mine.lines.merge(coming.lines, shop.settings.limits);
            for line in &merged.changed {
                store::carts::put_line(&tx, mine.id, line).await?;
            }
            match coming.address.filter(|_| mine.address.is_none()) {
                Some(address) => {
                    store::carts::set_address(&tx, mine.id, &address, kept).await?;
                    mine.address = Some(address);
                }
                None => store::carts::touch(&tx, mine.id, kept).await?,
            }
            mine.version += 1;
            let refusals: Vec<CartRefusal> = merged
                .cut
                .into_iter()
                .map(|variant_id| CartRefusal::Cut { variant_id })
                .collect();
            once.keep(&tx, &refusals).await?;
            Ok(answer(view(&tx, mine).await?, refusals, false))
        })
        .await
}
