//! Pages of orders.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use database::cursor;
use fault::Fault;
use orders_domain::Order as Stored;
use serving::graphql::{DateTime, global_id};
use uuid::Uuid;

use super::{Order, OrderStatus};
use crate::{
    commands::shop::Shop,
    store::{self, orders::Filter},
};

/// Which of one's own orders.
#[derive(Debug, Default, InputObject)]
pub(crate) struct OrderFilter {
    /// Only those in one of these statuses.
    status: Option<Vec<OrderStatus>>,
    /// Only those placed at this time or later.
    placed_from: Option<DateTime>,
    /// Only those placed before this time.
    placed_before: Option<DateTime>,
}

/// Which of all orders.
#[derive(Debug, Default, InputObject)]
pub(crate) struct StaffOrderFilter {
    /// Only those in one of these statuses.
    status: Option<Vec<OrderStatus>>,
    /// Only those placed at this time or later.
    placed_from: Option<DateTime>,
    /// Only those placed before this time.
    placed_before: Option<DateTime>,
    /// Only this user's.
    customer_id: Option<ID>,
}

impl OrderFilter {
    pub(crate) fn of(self, customer: Option<Uuid>) -> Filter {
        Filter {
            customer,
            statuses: self
                .status
                .map(|all| all.into_iter().map(Into::into).collect()),
            placed_from: self.placed_from.map(|time| time.0),
            placed_before: self.placed_before.map(|time| time.0),
        }
    }
}

impl StaffOrderFilter {
    pub(crate) fn of(self) -> Result<Filter, Fault> {
        let customer = self
            .customer_id
            .map(|id| global_id::decode("User", &id))
            .transpose()?;
        let others = OrderFilter {
            status: self.status,
            placed_from: self.placed_from,
            placed_before: self.placed_before,
        };
        Ok(others.of(customer))
    }
}

/// A page of orders.
#[derive(Debug)]
pub(crate) struct OrderConnection {
    pub(crate) orders: Vec<Stored>,
    pub(crate) has_previous_page: bool,
    pub(crate) has_next_page: bool,
    pub(crate) filter: Filter,
}

/// A page of orders.
#[Object]
impl OrderConnection {
    /// The orders of this page.
    async fn nodes(&self) -> Vec<Order> {
        self.orders.iter().cloned().map(Order).collect()
    }

    /// The orders of this page, each with its cursor.
    async fn edges(&self) -> Vec<OrderEdge> {
        let edge = |order: &Stored| OrderEdge {
            cursor: cursor::encode(&order.id),
            node: Order(order.clone()),
        };
        self.orders.iter().map(edge).collect()
    }

    /// Where this page lies in the list.
    async fn page_info(&self) -> PageInfo {
        PageInfo {
            has_next_page: self.has_next_page,
            has_previous_page: self.has_previous_page,
            start_cursor: self.orders.first().map(|order| cursor::encode(&order.id)),
            end_cursor: self.orders.last().map(|order| cursor::encode(&order.id)),
        }
    }

    /// How many orders the whole list holds. Counted only when it is asked for.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<Option<i64>, Fault> {
        let database = &ctx.data_unchecked::<Shop>().database;
        let count = store::orders::how_many(database.read(), &self.filter).await?;
        Ok(i64::try_from(count).ok())
    }
}

/// An order with its place in a list.
#[derive(Debug, SimpleObject)]
pub(crate) struct OrderEdge {
    /// Its place, for `after` and `before`.
    cursor: String,
    /// The order.
    node: Order,
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
