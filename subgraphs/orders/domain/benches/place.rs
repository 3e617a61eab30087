//! What it takes to sum a cart up, and to decide on an order: what is wrong with each line, what it comes to, and the order
//! itself.
#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]

use std::hint::black_box;

use clock::Timestamp;
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use money::{Currency, Money};
use orders_domain::{
    Address, AddressDraft, CartLine, Offer, Order, OrderNumber, Purchase, Rules, problems, totals,
};
use uuid::Uuid;

fn offer(number: u128) -> Offer {
    Offer {
        variant_id: Uuid::from_u128(number),
        product_id: Uuid::from_u128(1_000 + number),
        sku: format!("LAMP-{number}"),
        name: format!("Walnut Desk Lamp {number}"),
        price: Money::new(4_900, Currency::USD),
        for_sale: true,
        available: 12,
    }
}

fn line(offer: &Offer) -> CartLine {
    CartLine {
        id: offer.product_id,
        variant_id: offer.variant_id,
        quantity: 2,
        seen_price: offer.price,
        added_at: Timestamp::from_millis(0),
    }
}

fn address() -> Address {
    let draft = AddressDraft {
        name: "Ada Byron".to_owned(),
        line1: "12 St James's Square".to_owned(),
        city: "London".to_owned(),
        postal_code: "SW1Y 4JH".to_owned(),
        country: "GB".to_owned(),
        ..AddressDraft::default()
    };
    draft.check().unwrap()
}

const fn usd(units: i64) -> Money {
    Money::new(units, Currency::USD)
}

const RULES: Rules = Rules {
    currency: Currency::USD,
    shipping: usd(599),
    free_shipping_from: Some(usd(7_500)),
    tax_basis_points: 850,
};

fn carts(c: &mut Criterion) {
    for lines in [2, 50] {
        let cart: Vec<(Money, u32)> = (1..=lines)
            .map(|line| (usd(i64::from(line) * 137), line))
            .collect();
        c.bench_function(&format!("totals of {lines} lines"), |b| {
            b.iter(|| totals(black_box(&cart), &RULES))
        });
    }
}

fn orders(c: &mut Criterion) {
    for count in [2, 50] {
        let offers: Vec<Offer> = (0..count).map(offer).collect();
        let lines: Vec<CartLine> = offers.iter().map(line).collect();
        c.bench_function(&format!("an order of {count} lines"), |b| {
            b.iter_batched(
                address,
                |address| {
                    let fine = lines
                        .iter()
                        .zip(&offers)
                        .all(|(line, offer)| problems(line, Some(offer), Currency::USD).is_empty());
                    assert!(fine);
                    let amounts: Vec<_> = offers.iter().map(|offer| (offer.price, 2)).collect();
                    let (totals, _) = totals(&amounts, &RULES).unwrap();
                    let purchase = Purchase {
                        id: Uuid::from_u128(1),
                        number: OrderNumber::from_random([7; 8]),
                        customer_id: Uuid::from_u128(2),
                        address,
                        totals,
                    };
                    Order::place(purchase, Timestamp::from_millis(1))
                },
                BatchSize::SmallInput,
            );
        });
    }
}

criterion_group!(benches, carts, orders);
criterion_main!(benches);
