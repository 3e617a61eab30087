//! What shoppers read most, through the whole subgraph: parsing, resolvers, SQL and the answer as JSON.
#![recursion_limit = "256"]
#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]

use async_graphql::Variables;
use criterion::{Criterion, criterion_group, criterion_main};
use identity::Viewer;
use products::Products;
use serving::{Call, Caller, Serving};
use testkit::TestApp;
use tokio::runtime::Runtime;

const PRODUCTS: u64 = 1_000;

const READS: [(&str, &str); 4] = [
    (
        "product by slug",
        "{ product(by: {slug: \"walnut-desk-lamp\"}) { name description variants { sku price { units } stock { available } } } }",
    ),
    (
        "list of 1",
        "{ products(first: 1) { nodes { name slug price { units currency } } } }",
    ),
    (
        "list of 20",
        "{ products(first: 20) { nodes { name slug price { units currency } } pageInfo { hasNextPage endCursor } } }",
    ),
    (
        "search with a facet",
        "{ searchProducts(query: \"chair\", first: 20) { totalCount nodes { name slug price { units } } facets { brands { value count } } } }",
    ),
];

async fn furnished() -> TestApp<Products> {
    let app = TestApp::<Products>::start().await;
    app.subgraph().seed_demo().await.unwrap();
    app.subgraph()
        .seed_generated(PRODUCTS, &|_| ())
        .await
        .unwrap();
    app.subgraph().catch_up().await.unwrap();
    app.ignore_events().await;
    app
}

fn reads(c: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let app = runtime.block_on(furnished());
    for (name, query) in READS {
        c.bench_function(name, |b| {
            b.iter(|| {
                let call = Call {
                    query: query.to_owned(),
                    operation_name: None,
                    variables: Variables::default(),
                    caller: Caller::of(Viewer::Anonymous),
                };
                let response = runtime.block_on(app.served.execute(call));
                assert!(response.errors.is_empty(), "{:?}", response.errors);
                serde_json::to_vec(&response).unwrap()
            });
        });
    }
    let _inside = runtime.enter();
    drop(app);
}

criterion_group!(benches, reads);
criterion_main!(benches);
