//! An order as its customer and staff see it.

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use fault::Fault;
use orders_domain::{Canceller, State};
use serving::graphql::{DateTime, Money, global_id};

use super::{Address, OrderEvent, OrderStatus, Totals, User, Variant};
use crate::graphql::{Loaders, directives};

/// An order.
#[derive(Debug)]
pub(crate) struct Order(pub(crate) orders_domain::Order);

/// An order.
#[Object]
impl Order {
    /// Its id.
    async fn id(&self) -> ID {
        global_id::encode("Order", self.0.id)
    }

    /// What people call it by, such as `7K3M-9QXD-2FTB`.
    async fn number(&self) -> &str {
        self.0.number.as_str()
    }

    /// Where it stands.
    async fn status(&self) -> OrderStatus {
        self.0.status().into()
    }

    /// Where it may go from there. Empty at an end.
    async fn next_states(&self) -> Vec<OrderStatus> {
        self.0
            .next_states()
            .iter()
            .copied()
            .map(OrderStatus::from)
            .collect()
    }

    /// How many events there are of it, for `ifVersion` and for `orderEvents(afterVersion:)`.
    async fn version(&self) -> i64 {
        self.0.version
    }

    /// Who placed it.
    async fn customer(&self) -> User {
        User::of(self.0.customer_id)
    }

    /// When it was placed.
    async fn placed_at(&self) -> DateTime {
        self.0.placed_at.into()
    }

    /// Where it goes.
    async fn address(&self) -> Address {
        (&self.0.address).into()
    }

    /// What it comes to.
    async fn totals(&self) -> Totals {
        self.0.totals.into()
    }

    /// What has gone back of that so far.
    async fn refunded(&self) -> Money {
        self.0.refunded.into()
    }

    /// Until when it can be paid, while it is AWAITING_PAYMENT.
    async fn payment_deadline(&self) -> Option<DateTime> {
        match self.0.state {
            State::AwaitingPayment { deadline, .. } => Some(deadline.into()),
            _ => None,
        }
    }

    /// When it is REJECTED: the lines that were short, and how many were left.
    async fn rejections(&self) -> Vec<Shortage> {
        match &self.0.state {
            State::Rejected { shortages } => shortages.iter().map(Shortage::from).collect(),
            _ => Vec::new(),
        }
    }

    /// When it is CANCELLED: by whom and why.
    async fn cancellation(&self) -> Option<Cancellation> {
        match &self.0.state {
            State::Cancelled(cancellation) => Some(cancellation.into()),
            _ => None,
        }
    }

    /// Once it is SHIPPED: what carries it.
    async fn shipment(&self) -> Option<Shipment> {
        match &self.0.state {
            State::Shipped { parcel, .. } | State::Delivered { parcel, .. } => Some(Shipment {
                carrier: parcel.carrier.clone(),
                tracking_number: parcel.tracking.clone(),
            }),
            _ => None,
        }
    }

    /// What was bought.
    #[graphql(directive = directives::list_size::apply(Some(10), None, None, None))]
    async fn lines(&self, ctx: &Context<'_>) -> Result<Vec<OrderLine>, Fault> {
        let lines = ctx.data_unchecked::<Loaders>().lines(self.0.id).await?;
        Ok(lines.into_iter().map(OrderLine).collect())
    }

    /// All that happened to it, in order.
    #[graphql(directive = directives::list_size::apply(Some(10), None, None, None))]
    async fn events(&self, ctx: &Context<'_>) -> Result<Vec<OrderEvent>, Fault> {
        let events = ctx.data_unchecked::<Loaders>().events(self.0.id).await?;
        let event = |happening| OrderEvent {
            happening,
            order: Some(self.0.clone()),
            snapshot: false,
        };
        Ok(events.into_iter().map(event).collect())
    }
}

/// What was bought on one line, as it was at that moment.
#[derive(Debug)]
pub(crate) struct OrderLine(orders_domain::OrderLine);

/// What was bought on one line, as it was at that moment.
#[Object]
impl OrderLine {
    /// Its id.
    async fn id(&self) -> ID {
        global_id::encode("OrderLine", self.0.id)
    }

    /// What was bought, as it is now.
    async fn variant(&self) -> Variant {
        Variant::of(self.0.variant_id)
    }

    /// Its stock keeping unit.
    async fn sku(&self) -> &str {
        &self.0.sku
    }

    /// What it was called.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// How many pieces.
    async fn quantity(&self) -> u32 {
        self.0.quantity
    }

    /// What one cost.
    async fn unit_price(&self) -> Money {
        self.0.unit_price.into()
    }

    /// What the line came to, before tax.
    async fn total(&self) -> Money {
        self.0.subtotal.into()
    }

    /// The line's part of the order's tax. The parts of all lines and that of shipping sum to the whole.
    async fn tax(&self) -> Money {
        self.0.tax.into()
    }
}

/// A line for which there was not enough.
#[derive(Debug, SimpleObject)]
#[graphql(name = "OrderShortage")]
pub(crate) struct Shortage {
    /// The line of the order.
    line_id: ID,
    /// Of what.
    variant: Variant,
    /// How many were asked for.
    requested: u32,
    /// How many were left.
    available: u32,
}

impl From<&orders_domain::Shortage> for Shortage {
    fn from(shortage: &orders_domain::Shortage) -> Self {
        Self {
            line_id: global_id::encode("OrderLine", shortage.line_id),
            variant: Variant::of(shortage.variant_id),
            requested: shortage.requested,
            available: shortage.available,
        }
    }
}

/// How an order was called off.
#[derive(Debug, SimpleObject)]
#[graphql(name = "OrderCancellation")]
pub(crate) struct Cancellation {
    /// By whom.
    by: CancelledBy,
    /// Why, in words.
    reason: String,
    /// What is owed back; null when nothing had been paid.
    refund: Option<Money>,
    /// When.
    at: DateTime,
}

/// Who called an order off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Canceller")]
pub(crate) enum CancelledBy {
    /// The customer.
    Customer,
    /// Somebody of the shop.
    Staff,
    /// The shop by itself, because the stock was gone when the money came.
    System,
}

impl From<&orders_domain::Cancellation> for Cancellation {
    fn from(cancellation: &orders_domain::Cancellation) -> Self {
        Self {
            by: cancellation.by.into(),
            reason: cancellation.reason.clone(),
            refund: cancellation.refund.map(Into::into),
            at: cancellation.cancelled_at.into(),
        }
    }
}

/// What carries an order.
#[derive(Debug, SimpleObject)]
#[graphql(name = "OrderShipment")]
pub(crate) struct Shipment {
    /// The carrier's name.
    carrier: Option<String>,
    /// The carrier's number to follow it by.
    tracking_number: Option<String>,
}
