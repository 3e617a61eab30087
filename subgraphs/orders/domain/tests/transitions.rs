//! Every status against every step: what `next_states` promises is exactly what the steps allow.

use clock::Timestamp;
use money::{Currency, Money};
use orders_domain::{
    Address, Attempt, Cancellation, Canceller, Fact, Order, OrderNumber, Parcel, Purchase, State,
    Status, Totals,
};
use uuid::Uuid;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const LATER: Timestamp = Timestamp::from_millis(1_800_000_900_000);

fn usd(units: i64) -> Money {
    Money::new(units, Currency::USD)
}

fn placed() -> Order {
    let purchase = Purchase {
        id: Uuid::from_u128(1),
        number: OrderNumber::from_random([7; 8]),
        customer_id: Uuid::from_u128(2),
        address: Address {
            name: "Ada Lovelace".to_owned(),
            line1: "12 St James's Square".to_owned(),
            line2: None,
            city: "London".to_owned(),
            region: None,
            postal_code: "SW1Y 4JH".to_owned(),
            country: "GB".to_owned(),
            phone: None,
        },
        totals: Totals {
            subtotal: usd(1_000),
            shipping: usd(500),
            tax: usd(128),
            total: usd(1_628),
        },
    };
    Order::place(purchase, NOW).0
}

fn parcel() -> Parcel {
    Parcel {
        carrier: Some("Royal Mail".to_owned()),
        tracking: Some("RM1".to_owned()),
    }
}

fn in_status(status: Status) -> Order {
    let payment_id = Uuid::from_u128(3);
    let state = match status {
        Status::Pending => State::Pending,
        Status::AwaitingPayment => State::AwaitingPayment {
            deadline: LATER,
            attempt: Attempt::None,
        },
        Status::Rejected => State::Rejected {
            shortages: Vec::new(),
        },
        Status::Paid => State::Paid {
            payment_id,
            paid_at: NOW,
        },
        Status::Expired => State::Expired { expired_at: NOW },
        Status::Cancelled => State::Cancelled(Cancellation {
            by: Canceller::Customer,
            reason: "changed my mind".to_owned(),
            refund: None,
            cancelled_at: NOW,
        }),
        Status::Shipped => State::Shipped {
            payment_id,
            parcel: parcel(),
            shipped_at: NOW,
        },
        Status::Delivered => State::Delivered {
            payment_id,
            parcel: parcel(),
            delivered_at: NOW,
        },
    };
    Order { state, ..placed() }
}

fn step_to(order: Order, to: Status) -> Option<(Order, Fact)> {
    match to {
        Status::Pending => None,
        Status::AwaitingPayment => order.await_payment(LATER).ok(),
        Status::Rejected => order.reject(Vec::new()).ok(),
        Status::Paid => order.pay(LATER, Uuid::from_u128(3)).ok(),
        Status::Expired => order.expire(LATER).ok(),
        Status::Cancelled => order
            .cancel(LATER, Canceller::Staff, "stock was damaged".to_owned())
            .ok(),
        Status::Shipped => order.ship(LATER, parcel()).ok(),
        Status::Delivered => order.deliver(LATER).ok(),
    }
}

#[test]
fn steps_allow_exactly_the_edges() {
    for from in Status::ALL {
        for to in Status::ALL {
            let before = in_status(from);
            let version = before.version;
            let after = step_to(before, to);
            assert_eq!(
                after.is_some(),
                from.next_states().contains(&to),
                "{from} to {to}"
            );
            if let Some((order, _)) = after {
                assert_eq!(order.status(), to);
                assert_eq!(order.version, version + 1);
            }
        }
    }
}

#[test]
fn the_ends_are_ends() {
    let ends: Vec<Status> = Status::ALL
        .into_iter()
        .filter(|status| status.is_end())
        .collect();
    assert_eq!(
        ends,
        [
            Status::Rejected,
            Status::Expired,
            Status::Cancelled,
            Status::Delivered
        ]
    );
}

#[test]
fn an_order_expires_at_its_deadline_and_not_before() {
    let order = in_status(Status::AwaitingPayment);
    let just_before = Timestamp::from_millis(LATER.as_millis() - 1);
    assert!(order.clone().expire(just_before).is_err());
    assert_eq!(order.expire(LATER).unwrap().0.status(), Status::Expired);
}

#[test]
fn a_declined_attempt_leaves_the_order_waiting() {
    let order = in_status(Status::AwaitingPayment);
    let (order, fact) = order
        .payment_failed(Uuid::from_u128(3), "card_declined".to_owned())
        .unwrap();
    assert_eq!(order.status(), Status::AwaitingPayment);
    assert!(matches!(fact, Fact::PaymentFailed { .. }));
    let (order, _) = order.payment_processing(Uuid::from_u128(3)).unwrap();
    assert!(matches!(
        order.state,
        State::AwaitingPayment {
            attempt: Attempt::Processing,
            deadline: LATER
        }
    ));
    assert_eq!(order.pay(NOW, Uuid::from_u128(3)).unwrap().0.version, 4);
    assert!(
        in_status(Status::Paid)
            .payment_processing(Uuid::from_u128(3))
            .is_err()
    );
}

#[test]
fn cancelling_owes_back_what_was_paid_and_nothing_else() {
    for (from, owed) in [
        (Status::Pending, None),
        (Status::AwaitingPayment, None),
        (Status::Paid, Some(usd(1_628))),
    ] {
        let (_, fact) = in_status(from)
            .cancel(LATER, Canceller::Customer, String::new())
            .unwrap();
        let Fact::Cancelled(Cancellation { refund, .. }) = fact else {
            unreachable!("cancelling announces it")
        };
        assert_eq!(refund, owed, "from {from}");
    }
}

#[test]
fn refunds_are_amounts_whatever_the_status() {
    for status in Status::ALL {
        let (order, fact) = in_status(status).refund(usd(628)).unwrap();
        let (order, _) = order.refund(usd(1_000)).unwrap();
        assert_eq!(
            (order.status(), order.refunded, order.version),
            (status, usd(1_628), 3)
        );
        assert_eq!(fact, Fact::Refunded { amount: usd(628) });
    }
    assert!(placed().refund(Money::new(1, Currency::EUR)).is_err());
}

#[test]
fn a_state_survives_its_stored_form() {
    for status in Status::ALL {
        let order = in_status(status);
        let stored = serde_json::to_string(&order.state).unwrap();
        assert_eq!(
            serde_json::from_str::<State>(&stored).unwrap(),
            order.state,
            "{stored}"
        );
        assert_eq!(status.name().parse::<Status>().unwrap(), status);
    }
}
