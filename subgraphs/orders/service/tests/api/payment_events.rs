//! `payment.succeeded`, `payment.processing`, `payment.failed` and `payment.refunded`.

use database::DatabaseError;
use events::{
    Envelope, Event,
    orders::{OrderPaid, OrderRefunded},
    payments::{PaymentFailed, PaymentProcessing, PaymentRefunded, PaymentSucceeded},
};
use serving::Serving;

use crate::shop::{Shop, id, shopper, usd};

#[tokio::test]
async fn money_makes_an_order_paid_once() {
    let shop = Shop::open().await;
    let viewer = shopper();
    let order = shop.ordered(&viewer).await;
    shop.reserved(order).await;
    shop.app.ignore_events().await;
    shop.paid(order, Shop::TOTAL).await;
    shop.paid(order, Shop::TOTAL).await;
    assert_eq!(shop.status(&viewer, order).await, "PAID");
    let events = shop.app.events().await;
    let [event] = events.as_slice() else {
        unreachable!("one event: {events:?}")
    };
    let told: OrderPaid = event.parse().unwrap();
    assert_eq!(
        (event.sequence, told.lines.len(), told.total.units()),
        (3, 1, Shop::TOTAL)
    );
}

#[tokio::test]
async fn another_amount_than_the_total_is_parked() {
    let shop = Shop::open().await;
    let viewer = shopper();
    let order = shop.ordered(&viewer).await;
    shop.reserved(order).await;
    let event = PaymentSucceeded {
        payment_id: id(),
        order_id: order,
        amount: usd(1),
    };
    let event = Envelope::of(&shop.app.clock, event.payment_id, 1, &event).unwrap();
    let handlers = shop.app.served.handlers();
    let handler = handlers
        .iter()
        .find(|handler| handler.event_type() == PaymentSucceeded::TYPE)
        .unwrap();
    let (handler, event) = (&handler, &event);
    let outcome = shop
        .app
        .database
        .write(|tx| async move { Ok::<_, DatabaseError>(handler.handle(&tx, event).await) })
        .await
        .unwrap();
    assert!(
        matches!(outcome, Err(messaging::HandlerError::Park(_))),
        "{outcome:?}"
    );
    assert_eq!(shop.status(&viewer, order).await, "AWAITING_PAYMENT");
    shop.app.ignore_events().await;
}

#[tokio::test]
async fn attempts_are_told_and_leave_the_order_waiting() {
    let shop = Shop::open().await;
    let viewer = shopper();
    let order = shop.ordered(&viewer).await;
    shop.reserved(order).await;
    let payment_id = id();
    let code = "card_declined".to_owned();
    shop.tell(
        payment_id,
        &PaymentFailed {
            payment_id,
            order_id: order,
            attempt: 1,
            code,
        },
    )
    .await;
    shop.tell(
        payment_id,
        &PaymentProcessing {
            payment_id,
            order_id: order,
        },
    )
    .await;
    let shown = shop.order(&viewer, order).await;
    assert_eq!(shown.at("/order/status"), "AWAITING_PAYMENT");
    assert_eq!(shown.at("/order/version"), 4);
    assert_eq!(shown.at("/order/events/2/type"), "PAYMENT_FAILED");
    assert_eq!(shown.at("/order/events/2/declineCode"), "card_declined");
    assert_eq!(shown.at("/order/events/3/type"), "PAYMENT_PROCESSING");
    let kinds = shop.announced().await;
    assert_eq!(
        kinds[2..],
        ["order.payment_failed.v1", "order.payment_processing.v1"]
    );
}

#[tokio::test]
async fn refunds_are_recorded_whatever_the_status_and_once() {
    let shop = Shop::open().await;
    let viewer = shopper();
    let order = shop.ordered(&viewer).await;
    shop.reserved(order).await;
    shop.paid(order, Shop::TOTAL).await;
    shop.app.ignore_events().await;
    let payment_id = id();
    let refunded = |amount: i64, total: i64| PaymentRefunded {
        payment_id,
        order_id: order,
        refund_id: id(),
        amount: usd(amount),
        total_refunded: usd(total),
    };
    shop.tell(payment_id, &refunded(700, 700)).await;
    shop.tell(payment_id, &refunded(700, 700)).await;
    shop.tell(payment_id, &refunded(1_035, Shop::TOTAL)).await;
    let shown = shop.order(&viewer, order).await;
    assert_eq!(shown.at("/order/status"), "PAID");
    assert_eq!(shown.at("/order/refunded/units"), Shop::TOTAL);
    assert_eq!(shown.at("/order/events/4/amount/units"), 1_035);
    let events = shop.app.events().await;
    assert_eq!(events.len(), 2);
    let told: OrderRefunded = events[1].parse().unwrap();
    assert_eq!(
        (told.amount, told.total_refunded),
        (usd(1_035), usd(Shop::TOTAL))
    );
}
