//! The order, of which payments knows the key and the payment.

use async_graphql::{ComplexObject, Context, ID, SimpleObject};
use fault::Fault;
use identity::Viewer;
use serving::graphql::global_id;

use super::Payment;
use crate::graphql::{Loaders, directives};

/// An order.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub(crate) struct Order {
    /// Its id.
    pub(crate) id: ID,
}

#[ComplexObject]
impl Order {
    /// Its payment, once the order waits for it. Null for whoever may not see it.
    #[graphql(directive = directives::cost::apply("1".to_owned()))]
    async fn payment(&self, ctx: &Context<'_>) -> Result<Option<Payment>, Fault> {
        let Ok(key) = global_id::decode("Order", &self.id) else {
            return Ok(None);
        };
        let viewer = ctx.data_unchecked::<Viewer>();
        if viewer.id().is_none() {
            return Ok(None);
        }
        let found = ctx
            .data_unchecked::<Loaders>()
            .payment_of_order(key)
            .await?;
        Ok(found.and_then(|stored| Payment::for_viewer(stored, viewer)))
    }
}
