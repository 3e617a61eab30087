//! What an order says to the rest of the shop: each fact is one event, and its sequence is the order's version.

use clock::Clock;
use database::DatabaseError;
use events::{Envelope, EventError, orders as told, products::ShortLine};
use orders_domain::{Canceller, Fact, Order, OrderLine};

use super::shop::Shop;

/// The event of what made `order` into its present version. `lines` are those of the order where the event tells them:
/// placed and paid.
pub(crate) fn announce(
    shop: &Shop,
    order: &Order,
    fact: &Fact,
    lines: &[OrderLine],
) -> Result<Envelope, DatabaseError> {
    event(shop, order, fact, lines).map_err(|error| DatabaseError::corrupt("outbox", error))
}

fn event(
    shop: &Shop,
    order: &Order,
    fact: &Fact,
    lines: &[OrderLine],
) -> Result<Envelope, EventError> {
    let (order_id, customer_id) = (order.id, order.customer_id);
    let number = || order.number.to_string();
    let total = order.totals.total;
    match fact {
        Fact::Placed => wrap(
            &shop.clock,
            order,
            &told::OrderPlaced {
                order_id,
                number: number(),
                customer_id,
                total,
                lines: ordered(lines),
                hold_millis: i64::try_from(shop.settings.hold.as_millis()).unwrap_or(i64::MAX),
            },
        ),
        Fact::AwaitingPayment { deadline } => wrap(
            &shop.clock,
            order,
            &told::OrderAwaitingPayment {
                order_id,
                number: number(),
                customer_id,
                total,
                deadline: *deadline,
            },
        ),
        Fact::Rejected { shortages } => {
            let reasons = shortages
                .iter()
                .map(|short| ShortLine {
                    line_id: short.line_id,
                    variant_id: short.variant_id,
                    requested: short.requested,
                    available: short.available,
                })
                .collect();
            wrap(
                &shop.clock,
                order,
                &told::OrderRejected {
                    order_id,
                    customer_id,
                    reasons,
                },
            )
        }
        Fact::PaymentProcessing { payment_id } => wrap(
            &shop.clock,
            order,
            &told::OrderPaymentProcessing {
                order_id,
                customer_id,
                payment_id: *payment_id,
            },
        ),
        Fact::PaymentFailed { payment_id, code } => wrap(
            &shop.clock,
            order,
            &told::OrderPaymentFailed {
                order_id,
                customer_id,
                payment_id: *payment_id,
                code: code.clone(),
            },
        ),
        Fact::Paid { payment_id } => wrap(
            &shop.clock,
            order,
            &told::OrderPaid {
                order_id,
                number: number(),
                customer_id,
                payment_id: *payment_id,
                total,
                lines: ordered(lines),
            },
        ),
        Fact::Expired => wrap(
            &shop.clock,
            order,
            &told::OrderExpired {
                order_id,
                customer_id,
            },
        ),
        Fact::Cancelled(cancellation) => {
            let reason = match cancellation.by {
                Canceller::Customer => told::CancelReason::Customer,
                Canceller::Staff => told::CancelReason::Staff,
                Canceller::System => told::CancelReason::StockLost,
            };
            let was_paid = cancellation.refund.is_some();
            wrap(
                &shop.clock,
                order,
                &told::OrderCancelled {
                    order_id,
                    customer_id,
                    reason,
                    was_paid,
                },
            )
        }
        Fact::Shipped(parcel) => {
            let tracking_number = parcel.tracking.clone();
            wrap(
                &shop.clock,
                order,
                &told::OrderShipped {
                    order_id,
                    customer_id,
                    tracking_number,
                },
            )
        }
        Fact::Delivered => wrap(
            &shop.clock,
            order,
            &told::OrderDelivered {
                order_id,
                customer_id,
            },
        ),
        Fact::Refunded { amount } => wrap(
            &shop.clock,
            order,
            &told::OrderRefunded {
                order_id,
                customer_id,
                amount: *amount,
                total_refunded: order.refunded,
            },
        ),
    }
}

fn wrap<E: events::Event>(clock: &Clock, order: &Order, event: &E) -> Result<Envelope, EventError> {
    Envelope::of(clock, order.id, order.version, event)
}

fn ordered(lines: &[OrderLine]) -> Vec<told::OrderedLine> {
    lines
        .iter()
        .map(|line| told::OrderedLine {
            line_id: line.id,
            variant_id: line.variant_id,
            quantity: line.quantity,
            unit_price: line.unit_price,
        })
        .collect()
}
