//! What it takes to compose the graph from its subgraphs.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};

const SUBGRAPHS: [(&str, &str, &str); 4] = [
    ("users", include_str!("../users.graphql"), "http://users"),
    (
        "products",
        include_str!("../products.graphql"),
        "http://products",
    ),
    ("orders", include_str!("../orders.graphql"), "http://orders"),
    (
        "payments",
        include_str!("../payments.graphql"),
        "http://payments",
    ),
];

fn graph(c: &mut Criterion) {
    c.bench_function("compose the graph", |b| {
        b.iter(|| schema::compose(black_box(&SUBGRAPHS)).is_ok())
    });
}

criterion_group!(benches, graph);
criterion_main!(benches);
