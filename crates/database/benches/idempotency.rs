//! What it takes to tell a repeated request from another one.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use serde_json::json;

fn requests(c: &mut Criterion) {
    let lines: Vec<_> = (0..50)
        .map(|line| json!({ "variantId": line, "quantity": 2 }))
        .collect();
    for (name, request) in [
        (
            "a small request",
            json!({ "cartId": 7, "note": "ring twice" }),
        ),
        ("a request of 50 lines", json!({ "lines": lines })),
    ] {
        c.bench_function(&format!("hash of {name}"), |b| {
            b.iter(|| database::idempotency::hash(black_box(&request)))
        });
    }
}

criterion_group!(benches, requests);
criterion_main!(benches);
