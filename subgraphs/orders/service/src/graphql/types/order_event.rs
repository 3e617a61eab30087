//! One thing that happened to an order.

use async_graphql::{Context, Enum, Object};
use fault::Fault;
use orders_domain::Fact;
use serving::graphql::{DateTime, Money};

use super::{Order, OrderStatus, Shortage};
use crate::{graphql::Loaders, store::order_events::Happening};

/// One thing that happened to an order. Versions are contiguous: each event is one.
#[derive(Debug)]
pub(crate) struct OrderEvent {
    pub(crate) happening: Happening,
    /// The order, where it is at hand.
    pub(crate) order: Option<orders_domain::Order>,
    pub(crate) snapshot: bool,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(crate) enum OrderEventType {
    /// The order was placed.
    Placed,
    /// Its stock is reserved and it can be paid.
    AwaitingPayment,
    /// There was not enough stock.
    Rejected,
    /// The bank takes its time over an attempt to pay.
    PaymentProcessing,
    /// An attempt to pay was declined; it can be tried again.
    PaymentFailed,
    /// The money has arrived.
    Paid,
    /// The deadline passed without money.
    Expired,
    /// It was called off.
    Cancelled,
    /// It left.
    Shipped,
    /// It arrived.
    Delivered,
    /// Money went back.
    Refunded,
}

/// One thing that happened to an order. Versions are contiguous: each event is one.
#[Object]
impl OrderEvent {
    /// The order's version that this event made: 1, 2, 3 … without a gap.
    async fn version(&self) -> i64 {
        self.happening.version
    }

    /// What happened.
    #[graphql(name = "type")]
    async fn kind(&self) -> OrderEventType {
        match self.happening.fact {
            Fact::Placed => OrderEventType::Placed,
            Fact::AwaitingPayment { .. } => OrderEventType::AwaitingPayment,
            Fact::Rejected { .. } => OrderEventType::Rejected,
            Fact::PaymentProcessing { .. } => OrderEventType::PaymentProcessing,
            Fact::PaymentFailed { .. } => OrderEventType::PaymentFailed,
            Fact::Paid { .. } => OrderEventType::Paid,
            Fact::Expired => OrderEventType::Expired,
            Fact::Cancelled(_) => OrderEventType::Cancelled,
            Fact::Shipped(_) => OrderEventType::Shipped,
            Fact::Delivered => OrderEventType::Delivered,
            Fact::Refunded { .. } => OrderEventType::Refunded,
        }
    }

    /// The status that it left the order in.
    async fn status(&self) -> OrderStatus {
        self.happening.status.into()
    }

    /// Where the order could go from there.
    async fn next_states(&self) -> Vec<OrderStatus> {
        self.happening
            .status
            .next_states()
            .iter()
            .copied()
            .map(OrderStatus::from)
            .collect()
    }

    /// When it happened.
    async fn at(&self) -> DateTime {
        self.happening.at.into()
    }

    /// In a stream: whether this tells where the order stood when the stream began, rather than news.
    async fn snapshot(&self) -> bool {
        self.snapshot
    }

    /// REJECTED: the lines that were short, and how many were left. Empty otherwise.
    async fn rejections(&self) -> Vec<Shortage> {
        match &self.happening.fact {
            Fact::Rejected { shortages } => shortages.iter().map(Shortage::from).collect(),
            _ => Vec::new(),
        }
    }

    /// AWAITING_PAYMENT: until when it can be paid.
    async fn deadline(&self) -> Option<DateTime> {
        match self.happening.fact {
            Fact::AwaitingPayment { deadline } => Some(deadline.into()),
            _ => None,
        }
    }

    /// PAYMENT_FAILED: the provider's code, such as `card_declined`.
    async fn decline_code(&self) -> Option<&str> {
        match &self.happening.fact {
            Fact::PaymentFailed { code, .. } => Some(code),
            _ => None,
        }
    }

    /// CANCELLED: why, in words.
    async fn reason(&self) -> Option<&str> {
        match &self.happening.fact {
            Fact::Cancelled(cancellation) => Some(&cancellation.reason),
            _ => None,
        }
    }

    /// REFUNDED: how much went back this time.
    async fn amount(&self) -> Option<Money> {
        match self.happening.fact {
            Fact::Refunded { amount } => Some(amount.into()),
            _ => None,
        }
    }

    /// The order as it is now, which may be further than this event.
    async fn order(&self, ctx: &Context<'_>) -> Result<Order, Fault> {
        if let Some(order) = &self.order {
            return Ok(Order(order.clone()));
        }
        let loaders = ctx.data_unchecked::<Loaders>();
        let order = loaders.order(self.happening.order_id).await?;
        order.map(Order).ok_or_else(|| Fault::not_found("order"))
    }
}
