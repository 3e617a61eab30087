//! Pages of payments.

use std::sync::Arc;

use async_graphql::{Context, Object, SimpleObject};
use database::cursor;
use fault::Fault;
use uuid::Uuid;

use super::Payment;
use crate::{
    app::Tools,
    store::{payments, payments::Stored},
};

/// A page of payments.
#[derive(Debug)]
pub(crate) struct PaymentConnection {
    pub(crate) payments: Vec<Stored>,
    pub(crate) has_previous_page: bool,
    pub(crate) has_next_page: bool,
    pub(crate) customer: Uuid,
}

fn cursor_of(stored: &Stored) -> String {
    cursor::encode(&stored.snapshot().id)
}

fn node(stored: &Stored) -> Payment {
    Payment {
        stored: stored.clone(),
        client_secret: None,
    }
}

#[Object]
impl PaymentConnection {
    /// The payments of this page.
    async fn nodes(&self) -> Vec<Payment> {
        self.payments.iter().map(node).collect()
    }

    /// The payments of this page, each with its cursor.
    async fn edges(&self) -> Vec<PaymentEdge> {
        self.payments
            .iter()
            .map(|stored| PaymentEdge {
                cursor: cursor_of(stored),
                node: node(stored),
            })
            .collect()
    }

    /// Where this page lies in the list.
    async fn page_info(&self) -> PageInfo {
        PageInfo {
            has_next_page: self.has_next_page,
            has_previous_page: self.has_previous_page,
            start_cursor: self.payments.first().map(cursor_of),
            end_cursor: self.payments.last().map(cursor_of),
        }
    }

    /// How many payments the whole list holds. Counted only when it is asked for.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<Option<i32>, Fault> {
        let tools = ctx.data_unchecked::<Arc<Tools>>();
        let count = payments::count_of_customer(tools.database.read(), self.customer).await?;
        Ok(i32::try_from(count).ok())
    }
}

/// A payment with its place in a list.
#[derive(Debug, SimpleObject)]
pub(crate) struct PaymentEdge {
    /// Its place, for `after` and `before`.
    cursor: String,
    /// The payment.
    node: Payment,
}

/// Where a page lies in its list.
#[derive(Debug, SimpleObject)]
#[graphql(shareable)]
pub(crate) struct PageInfo {
    /// Whether there is more after this page.
    has_next_page: bool,
    /// Whether there is more before this page.
    has_previous_page: bool,
    /// The cursor of the first item; null on an empty page.
    start_cursor: Option<String>,
    /// The cursor of the last item; null on an empty page.
    end_cursor: Option<String>,
}
