//! What other subgraphs refer to by its key. Whoever may not see it gets nothing, as if it did not exist.

use async_graphql::{Context, ID, Object};
use fault::Fault;
use identity::Viewer;
use serving::graphql::global_id;

use super::{
    Loaders,
    types::{Order, Payment},
};

/// Entities of payments, by their keys, and the orders that payments adds to.
#[derive(Default)]
pub(crate) struct References;

#[Object]
impl References {
    /// A payment by its id, when the viewer may see it.
    #[graphql(entity)]
    async fn payment_reference(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Payment>, Fault> {
        // Within a join an id that cannot be read is one that leads nowhere.
        let Ok(key) = global_id::decode("Payment", &id) else {
            return Ok(None);
        };
        let viewer = ctx.data_unchecked::<Viewer>();
        if viewer.id().is_none() {
            return Ok(None);
        }
        let found = ctx.data_unchecked::<Loaders>().payment(key).await?;
        Ok(found.and_then(|stored| Payment::for_viewer(stored, viewer)))
    }

    /// An order by its id, to find its payment.
    #[graphql(entity)]
    async fn order_reference(&self, id: ID) -> Order {
        Order { id }
    }
}
