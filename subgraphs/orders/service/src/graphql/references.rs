//! What other subgraphs refer to by its key. Whoever may not see it gets nothing, as if it did not exist.

use async_graphql::{Context, ID, Object};
use fault::Fault;
use identity::Viewer;
use serving::graphql::global_id;

use super::{Loaders, types::Order};
use crate::commands::move_order::may_see;

/// Entities of orders, by their keys.
#[derive(Default)]
pub(crate) struct References;

#[Object]
impl References {
    /// An order by its id, when the viewer may see it.
    #[graphql(entity)]
    async fn order_reference(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Order>, Fault> {
        // Within a join an id that cannot be read is one that leads nowhere.
        let Ok(key) = global_id::decode("Order", &id) else {
            return Ok(None);
        };
        let viewer = ctx.data_unchecked::<Viewer>();
        if viewer.id().is_none() {
            return Ok(None);
        }
        let order = ctx.data_unchecked::<Loaders>().order(key).await?;
        Ok(order.filter(|order| may_see(viewer, order)).map(Order))
    }
}
