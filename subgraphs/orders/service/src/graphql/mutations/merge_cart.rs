//! `mergeCart`

use async_graphql::{Context, InputObject, Object};
use fault::Fault;
use identity::Viewer;

use super::input;
use crate::{
    commands::{merge_cart, shop::Shop},
    graphql::{directives, types::CartPayload},
};

/// Which guest's cart comes in.
#[derive(InputObject)]
struct MergeCartInput {
    /// The token of the guest's cart.
    cart_token: String,
    /// A UUID: the same request under the same key takes effect once.
    idempotency_key: Option<String>,
}

#[derive(Default)]
pub(super) struct MergeCart;

#[Object]
impl MergeCart {
    /// After log-in: brings what is in a guest's cart into the user's own. Pieces of one variant add up; what goes beyond
    /// a limit is cut and told. The guest's cart is gone then, and its token with it.
    #[graphql(directive = directives::authenticated::apply())]
    async fn merge_cart(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which guest's cart comes in.")] input: MergeCartInput,
    ) -> Result<CartPayload, Fault> {
        let user = ctx.data_unchecked::<Viewer>().user()?.id;
        let key = input::key(input.idempotency_key.as_deref())?;
        let command = merge_cart::Input::of(&input.cart_token);
        Ok(
            merge_cart::run(ctx.data_unchecked::<Shop>(), user, key, command)
                .await?
                .into(),
        )
    }
}
