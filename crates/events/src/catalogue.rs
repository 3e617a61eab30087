//! Every topic and every type there is.

use crate::{
    Event,
    orders::{
        self, OrderAwaitingPayment, OrderCancelled, OrderDelivered, OrderExpired, OrderPaid,
        OrderPaymentFailed, OrderPaymentProcessing, OrderPlaced, OrderRefunded, OrderRejected,
        OrderShipped,
    },
    payments::{
        self, PaymentCancelled, PaymentCreated, PaymentFailed, PaymentProcessing, PaymentRefunded,
        PaymentSucceeded,
    },
    products::{
        self, InventoryCommitFailed, InventoryCommitted, InventoryRejected, InventoryReleased,
        InventoryReserved, ProductChanged, StockChanged, StockLow, StockReplenished,
    },
    users::{self, SessionRevoked, UserRegistered, UserRolesChanged},
};

/// Every topic.
pub const TOPICS: [&str; 5] = [
    users::ACCOUNTS,
    products::CATALOG,
    products::INVENTORY,
    orders::ORDERS,
    payments::PAYMENTS,
];

/// Every type of event and the topic it is published to.
pub const TYPES: [(&str, &str); 29] = [
    of::<UserRegistered>(),
    of::<UserRolesChanged>(),
    of::<SessionRevoked>(),
    of::<ProductChanged>(),
    of::<StockChanged>(),
    of::<StockLow>(),
    of::<StockReplenished>(),
    of::<InventoryReserved>(),
    of::<InventoryRejected>(),
    of::<InventoryReleased>(),
    of::<InventoryCommitted>(),
    of::<InventoryCommitFailed>(),
    of::<OrderPlaced>(),
    of::<OrderAwaitingPayment>(),
    of::<OrderRejected>(),
    of::<OrderPaymentFailed>(),
    of::<OrderPaymentProcessing>(),
    of::<OrderPaid>(),
    of::<OrderExpired>(),
    of::<OrderCancelled>(),
    of::<OrderShipped>(),
    of::<OrderDelivered>(),
    of::<OrderRefunded>(),
    of::<PaymentCreated>(),
    of::<PaymentProcessing>(),
    of::<PaymentSucceeded>(),
    of::<PaymentFailed>(),
    of::<PaymentCancelled>(),
    of::<PaymentRefunded>(),
];

const fn of<E: Event>() -> (&'static str, &'static str) {
    (E::TYPE, E::TOPIC)
}
