//! What can be asked.

use std::sync::Arc;

use async_graphql::{Context, ID, MergedObject, Object};
use database::cursor::Page;
use fault::Fault;
use identity::Viewer;
use serving::graphql::global_id;

use super::{
    Loaders, directives,
    references::References,
    types::{Payment, PaymentConnection},
};
use crate::{app::Tools, store::payments};

/// What can be asked of payments.
#[derive(MergedObject, Default)]
pub struct Query(Payments, References);

#[derive(Default)]
struct Payments;

#[Object]
impl Payments {
    /// One payment: the viewer's own, or anybody's for staff (`payments:manage`). Null when there is none that the
    /// viewer may see.
    #[graphql(directive = directives::authenticated::apply(), directive = directives::cost::apply("2".to_owned()))]
    async fn payment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> Result<Option<Payment>, Fault> {
        let viewer = ctx.data_unchecked::<Viewer>();
        viewer.user()?;
        let found = ctx
            .data_unchecked::<Loaders>()
            .payment(global_id::decode("Payment", &id)?)
            .await?;
        Ok(found.and_then(|stored| Payment::for_viewer(stored, viewer)))
    }

    /// The viewer's own payments, newest first.
    #[graphql(
        directive = directives::authenticated::apply(),
        directive = directives::list_size::apply(
            None,
            Some(vec!["first".to_owned(), "last".to_owned()]),
            Some(vec!["nodes".to_owned(), "edges".to_owned()]),
            Some(false)
        )
    )]
    async fn my_payments(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "At most so many, 1 to 100; 20 when neither `first` nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last ones instead, at most so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
    ) -> Result<PaymentConnection, Fault> {
        let customer = ctx.data_unchecked::<Viewer>().user()?.id;
        let page = Page::new(first, after.as_deref(), last, before.as_deref(), 20)?;
        let tools = ctx.data_unchecked::<Arc<Tools>>();
        let rows = payments::page_of_customer(&tools.database, customer, &page).await?;
        let (payments, has_previous_page, has_next_page) = page.cut(rows);
        Ok(PaymentConnection {
            payments,
            has_previous_page,
            has_next_page,
            customer,
        })
    }
}
