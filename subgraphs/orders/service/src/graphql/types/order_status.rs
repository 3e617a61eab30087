//! The statuses of an order.

use async_graphql::Enum;

/// Where an order stands. `nextStates` says where it may go from there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "orders_domain::Status")]
pub(crate) enum OrderStatus {
    /// Placed; its stock is being reserved.
    Pending,
    /// Its stock is reserved; it can be paid until its deadline.
    AwaitingPayment,
    /// There was not enough stock; `rejections` says of what. An end.
    Rejected,
    /// It is paid.
    Paid,
    /// Nobody paid before the deadline. An end.
    Expired,
    /// It was called off; what had been paid goes back in full. An end.
    Cancelled,
    /// A carrier has it.
    Shipped,
    /// It has arrived. An end.
    Delivered,
}
