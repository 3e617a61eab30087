//! Users as other subgraphs refer to them. Whoever may not see a user gets null, as if there were none.

use async_graphql::{Context, ID, Object};
use fault::Fault;
use serving::graphql::global_id;

use super::schema::{loaders, viewer};
use super::types::user::{Sight, User};

#[derive(Default)]
pub(crate) struct References;

#[Object]
impl References {
    /// A user by id: oneself, or any for those who manage users or orders.
    #[graphql(entity)]
    async fn user_by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<User>, Fault> {
        // One bad reference must not spoil the others of its list, so it is null and not an error.
        let Ok(id) = global_id::decode("User", &id) else {
            return Ok(None);
        };
        let Some(sight) = Sight::of(viewer(ctx)?, id) else {
            return Ok(None);
        };
        Ok(loaders(ctx)?
            .account(id)
            .await?
            .map(|account| User { account, sight }))
    }
}
