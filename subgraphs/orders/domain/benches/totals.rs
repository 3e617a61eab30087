//! What it takes to sum a cart up.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use money::{Currency, Money};
use orders_domain::{Rules, totals};

fn cart(c: &mut Criterion) {
    let usd = |units| Money::new(units, Currency::USD);
    let rules = Rules {
        currency: Currency::USD,
        shipping: usd(599),
        free_shipping_from: Some(usd(7_500)),
        tax_basis_points: 850,
    };
    for lines in [2, 50] {
        let cart: Vec<(Money, u32)> = (1..=lines)
            .map(|line| (usd(i64::from(line) * 137), line))
            .collect();
        c.bench_function(&format!("totals of {lines} lines"), |b| {
            b.iter(|| totals(black_box(&cart), &rules))
        });
    }
}

criterion_group!(benches, cart);
criterion_main!(benches);
