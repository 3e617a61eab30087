//! What it takes to answer a page of 20 products, without a database and without the router.

use std::hint::black_box;

use async_graphql::{EmptyMutation, EmptySubscription, Object, Request, Schema};
use criterion::{Criterion, criterion_group, criterion_main};
use futures::executor::block_on;
use money::Currency;
use serving::graphql::{Money, Objects};

struct Query(Vec<Product>);

#[derive(Clone)]
struct Product(i64);

#[Object]
impl Product {
    async fn name(&self) -> &'static str {
        "Walnut desk lamp"
    }

    async fn slug(&self) -> &'static str {
        "walnut-desk-lamp"
    }

    async fn price(&self) -> Money {
        money::Money::new(self.0, Currency::USD).into()
    }
}

#[Object]
impl Query {
    async fn listed(&self) -> &[Product] {
        &self.0
    }

    async fn objects(&self) -> Objects<'_, Product> {
        Objects::Borrowed(&self.0)
    }
}

fn lists(c: &mut Criterion) {
    let products = (0..20).map(Product).collect();
    let schema = Schema::new(Query(products), EmptyMutation, EmptySubscription);
    for root in ["listed", "objects"] {
        let query = format!("{{ {root} {{ name slug price {{ units currency }} }} }}");
        let document = async_graphql::parser::parse_query(&query).ok();
        c.bench_function(&format!("a page of 20 products, {root}"), |b| {
            b.iter(|| {
                let mut request = Request::new(query.as_str());
                if let Some(document) = &document {
                    request.set_parsed_query(document.clone());
                }
                black_box(block_on(schema.execute(request)).is_ok())
            });
        });
    }
}

criterion_group!(benches, lists);
criterion_main!(benches);
