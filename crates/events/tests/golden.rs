//! The golden samples: what was once on the wire must be read for ever, and says nothing personal.
//! A new event gets its sample by `UPDATE_SAMPLES=1 cargo test --workspace golden`; a sample that is there never changes.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{collections::BTreeSet, fs, path::PathBuf};

use clock::Timestamp;
use events::{
    Envelope, Event,
    orders::{
        CancelReason, OrderAwaitingPayment, OrderCancelled, OrderDelivered, OrderExpired,
        OrderPaid, OrderPaymentFailed, OrderPaymentProcessing, OrderPlaced, OrderRefunded,
        OrderRejected, OrderShipped, OrderedLine,
    },
    payments::{
        PaymentCancelled, PaymentCreated, PaymentFailed, PaymentProcessing, PaymentRefunded,
        PaymentSucceeded,
    },
    products::{
        InventoryCommitFailed, InventoryCommitted, InventoryRejected, InventoryReleased,
        InventoryReserved, ProductChanged, ReservedLine, SaleState, ShortLine, StockChanged,
        StockLow, StockReplenished, VariantSnapshot,
    },
    users::{SessionRevoked, UserRegistered, UserRolesChanged},
};
use money::{Currency, Money};
use serde_json::Value;
use uuid::Uuid;

fn id(byte: u8) -> Uuid {
    Uuid::from_bytes([byte; 16])
}

fn usd(units: i64) -> Money {
    Money::new(units, Currency::USD)
}

fn time() -> Timestamp {
    "2026-05-01T12:30:00.000Z".parse().unwrap()
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("samples")
}

/// Compares an event with its sample, both ways.
fn golden<E: Event + PartialEq + std::fmt::Debug>(event: &E, seen: &mut BTreeSet<String>) {
    let file = folder().join(format!("{}.json", E::TYPE));
    seen.insert(format!("{}.json", E::TYPE));
    if !file.exists() && std::env::var_os("UPDATE_SAMPLES").is_some() {
        let envelope = Envelope {
            id: id(0xee),
            kind: E::TYPE.to_owned(),
            topic: E::TOPIC.to_owned(),
            aggregate_id: id(0xaa),
            sequence: 7,
            time: time(),
            traceparent: Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned()),
            data: serde_json::to_value(event).unwrap(),
        };
        fs::write(
            &file,
            format!("{}\n", serde_json::to_string_pretty(&envelope).unwrap()),
        )
        .unwrap();
    }
    let text = fs::read_to_string(&file).unwrap();
    let envelope: Envelope = serde_json::from_str(&text).unwrap();
    assert_eq!(
        (envelope.kind.as_str(), envelope.topic.as_str()),
        (E::TYPE, E::TOPIC)
    );
    assert_eq!(
        &envelope.parse::<E>().unwrap(),
        event,
        "{} is read as something else",
        E::TYPE
    );
    assert_eq!(
        serde_json::to_value(&envelope).unwrap(),
        serde_json::from_str::<Value>(&text).unwrap()
    );

    // A field may be added: today's reader passes over what it does not know.
    let mut later: Value = serde_json::from_str(&text).unwrap();
    later["data"]["added_later"] = Value::from(1);
    later["added_later"] = Value::from(1);
    assert_eq!(
        &serde_json::from_value::<Envelope>(later)
            .unwrap()
            .parse::<E>()
            .unwrap(),
        event
    );

    for personal in [
        "email",
        "e_mail",
        "address",
        "display_name",
        "phone",
        "password",
    ] {
        assert!(
            !text.contains(personal),
            "{} says something personal: {personal}",
            E::TYPE
        );
    }
}

#[test]
fn every_event_reads_its_sample() {
    let mut seen = BTreeSet::new();
    let (order_id, customer_id, payment_id) = (id(1), id(2), id(3));
    let line = OrderedLine {
        line_id: id(4),
        variant_id: id(5),
        quantity: 2,
        unit_price: usd(1999),
    };
    let short = ShortLine {
        line_id: id(4),
        variant_id: id(5),
        requested: 2,
        available: 1,
    };
    let number = "E-7K2M-94QX".to_owned();
    let seen = &mut seen;

    golden(
        &UserRegistered {
            user_id: customer_id,
        },
        seen,
    );
    golden(
        &UserRolesChanged {
            user_id: customer_id,
            roles: vec!["customer".to_owned(), "staff".to_owned()],
        },
        seen,
    );
    golden(
        &SessionRevoked {
            user_id: customer_id,
            session_id: id(6),
            until: time(),
        },
        seen,
    );

    let variant = VariantSnapshot {
        variant_id: id(5),
        sku: "LAMP-BRASS".to_owned(),
        name: "Brass".to_owned(),
        price: usd(1999),
        state: SaleState::Published,
    };
    let product = ProductChanged {
        product_id: id(7),
        version: 3,
        state: SaleState::Published,
        slug: "brass-lamp".to_owned(),
        name: "Brass lamp".to_owned(),
        category_ids: vec![id(8)],
        variants: vec![variant],
    };
    golden(&product, seen);
    let stock = StockChanged {
        variant_id: id(5),
        product_id: id(7),
        version: 9,
        on_hand: 10,
        reserved: 3,
        available: 7,
    };
    golden(&stock, seen);
    let low = StockLow {
        variant_id: id(5),
        product_id: id(7),
        available: 2,
        threshold: 3,
    };
    golden(&low, seen);
    let replenished = StockReplenished {
        variant_id: id(5),
        product_id: id(7),
        available: 40,
    };
    golden(&replenished, seen);
    let reserved = ReservedLine {
        line_id: id(4),
        variant_id: id(5),
        quantity: 2,
    };
    golden(
        &InventoryReserved {
            order_id,
            lines: vec![reserved],
            expires_at: time(),
        },
        seen,
    );
    golden(
        &InventoryRejected {
            order_id,
            lines: vec![short.clone()],
        },
        seen,
    );
    golden(&InventoryReleased { order_id }, seen);
    golden(&InventoryCommitted { order_id }, seen);
    golden(
        &InventoryCommitFailed {
            order_id,
            lines: vec![short.clone()],
        },
        seen,
    );

    let (total, lines) = (usd(4938), vec![line]);
    let placed = OrderPlaced {
        order_id,
        number: number.clone(),
        customer_id,
        total,
        lines: lines.clone(),
        hold_millis: 1_200_000,
    };
    golden(&placed, seen);
    golden(
        &OrderAwaitingPayment {
            order_id,
            number: number.clone(),
            customer_id,
            total,
            deadline: time(),
        },
        seen,
    );
    golden(
        &OrderRejected {
            order_id,
            customer_id,
            reasons: vec![short],
        },
        seen,
    );
    golden(
        &OrderPaymentFailed {
            order_id,
            customer_id,
            payment_id,
            code: "card_declined".to_owned(),
        },
        seen,
    );
    golden(
        &OrderPaymentProcessing {
            order_id,
            customer_id,
            payment_id,
        },
        seen,
    );
    golden(
        &OrderPaid {
            order_id,
            number,
            customer_id,
            payment_id,
            total,
            lines,
        },
        seen,
    );
    golden(
        &OrderExpired {
            order_id,
            customer_id,
        },
        seen,
    );
    golden(
        &OrderCancelled {
            order_id,
            customer_id,
            reason: CancelReason::Customer,
            was_paid: true,
        },
        seen,
    );
    golden(
        &OrderShipped {
            order_id,
            customer_id,
            tracking_number: Some("1Z999".to_owned()),
        },
        seen,
    );
    golden(
        &OrderDelivered {
            order_id,
            customer_id,
        },
        seen,
    );
    golden(
        &OrderRefunded {
            order_id,
            customer_id,
            amount: total,
            total_refunded: total,
        },
        seen,
    );

    golden(
        &PaymentCreated {
            payment_id,
            order_id,
            amount: total,
        },
        seen,
    );
    golden(
        &PaymentProcessing {
            payment_id,
            order_id,
        },
        seen,
    );
    golden(
        &PaymentSucceeded {
            payment_id,
            order_id,
            amount: total,
        },
        seen,
    );
    golden(
        &PaymentFailed {
            payment_id,
            order_id,
            attempt: 1,
            code: "card_declined".to_owned(),
        },
        seen,
    );
    golden(
        &PaymentCancelled {
            payment_id,
            order_id,
        },
        seen,
    );
    golden(
        &PaymentRefunded {
            payment_id,
            order_id,
            refund_id: id(9),
            amount: total,
            total_refunded: total,
        },
        seen,
    );

    let kept: BTreeSet<String> = fs::read_dir(folder())
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(
        &kept, &*seen,
        "each event has one sample, and each sample its event"
    );
    let listed: BTreeSet<String> = events::TYPES
        .iter()
        .map(|(kind, _)| format!("{kind}.json"))
        .collect();
    assert_eq!(listed, kept, "`events::TYPES` lists every event");
    let declared: usize = ["users", "products", "orders", "payments"]
        .iter()
        .map(|name| {
            let source = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("src/{name}.rs"));
            fs::read_to_string(source)
                .unwrap()
                .lines()
                .filter(|line| line.contains(".v") && line.contains("= \""))
                .count()
        })
        .sum();
    assert_eq!(
        seen.len(),
        declared,
        "an event is declared that has no sample"
    );
}
