//! Answers that are kept, and when they are not.

use std::sync::atomic::Ordering;

use clock::Clock;
use events::{
    Envelope,
    products::{ProductChanged, SaleState},
};
use identity::Scope;
use messaging::Subscriber as _;
use router::CachePlace;
use serde_json::Value;

use crate::{
    shop::{Shop, Way},
    subgraphs::{Edition, FLOODED, Subgraphs},
};

const QUERY: &str = "query List { products(first: 1) { name } }";

/// A router whose cache hears of changes, and what its products are printed in.
pub(crate) async fn keeping(
    subgraphs: &Subgraphs,
    edit: impl FnOnce(&mut router::RouterConfig),
) -> Shop {
    let shop = Shop::over(Way::Http, subgraphs.serve().await, |config| {
        config.response_cache.place = CachePlace::Memory;
        config.response_cache.ttl_ms = 600_000;
        edit(config);
    })
    .await;
    shop.news.listening().await;
    shop
}

pub(crate) fn name(answer: &Value) -> String {
    assert_eq!(answer["errors"], Value::Null, "{answer}");
    answer["data"]["products"][0]["name"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// That the catalogue changed, as events tell it.
pub(crate) fn changed() -> Envelope {
    let clock = Clock::system();
    let event = ProductChanged {
        product_id: clock.id(),
        version: 2,
        state: SaleState::Published,
        slug: "lamp".to_owned(),
        name: "Lamp".to_owned(),
        category_ids: Vec::new(),
        variants: Vec::new(),
    };
    Envelope::of(&clock, event.product_id, 2, &event).unwrap()
}

/// Asks until answers come from the cache: a document is looked at once before any is kept.
async fn warm(shop: &Shop) {
    for _ in 0..3 {
        shop.ask(QUERY).await;
    }
}

fn print(edition: &Edition, number: usize) {
    edition.0.store(number, Ordering::SeqCst);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_kept_until_the_catalogue_changes() {
    let subgraphs = Subgraphs::new();
    let shop = keeping(&subgraphs, |_| {}).await;
    warm(&shop).await;
    print(&subgraphs.edition, 2);
    assert_eq!(name(&shop.ask(QUERY).await), "product 0");
    let other = shop.ask("query List { products(first: 2) { name } }").await;
    assert_eq!(name(&other), "product 0, edition 2", "another question");
    // A customer sees what everybody sees; over a WebSocket too, where answers have another form.
    assert_eq!(
        name(&shop.ask_as(&shop.token(&[]), QUERY).await),
        "product 0"
    );
    shop.news.take(&[changed()]).await.unwrap();
    for _ in 0..5 {
        assert_eq!(name(&shop.ask(QUERY).await), "product 0, edition 2");
    }
    let metrics = shop.http.get(shop.url("/metrics")).send().await.unwrap();
    let metrics = metrics.text().await.unwrap();
    for outcome in ["hit", "miss", "emptied"] {
        let line = format!("router_response_cache_total{{outcome=\"{outcome}\"}}");
        assert!(metrics.contains(&line), "{metrics}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_works_on_the_catalogue_reads_what_they_wrote() {
    let subgraphs = Subgraphs::new();
    let shop = keeping(&subgraphs, |_| {}).await;
    warm(&shop).await;
    print(&subgraphs.edition, 3);
    for scope in Scope::ALL {
        let staff = shop.token(&[scope]);
        assert_eq!(
            name(&shop.ask_as(&staff, QUERY).await),
            "product 0, edition 3"
        );
    }
    assert_eq!(
        name(&shop.ask(QUERY).await),
        "product 0",
        "theirs is not kept for others"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_somebodys_own_and_what_failed_is_not_kept() {
    let subgraphs = Subgraphs::new();
    let shop = keeping(&subgraphs, |_| {}).await;
    let own = "{ authorization products(first: 1) { name } }";
    for _ in 0..4 {
        for token in [shop.token(&[]), shop.token(&[])] {
            let answer = shop.ask_as(&token, own).await;
            assert_eq!(answer["data"]["authorization"], token);
        }
    }
    let joined = "{ products(first: 1) { name reviews { number } } }";
    print(&subgraphs.edition, FLOODED);
    for _ in 0..4 {
        for query in [QUERY, joined] {
            assert_ne!(shop.ask(query).await["errors"], Value::Null);
        }
    }
    print(&subgraphs.edition, 0);
    assert_eq!(name(&shop.ask(QUERY).await), "product 0");
    warm(&shop).await;
    for _ in 0..3 {
        shop.ask(joined).await;
    }
    print(&subgraphs.edition, 4);
    assert_eq!(name(&shop.ask(QUERY).await), "product 0");
    assert_eq!(
        name(&shop.ask(joined).await),
        "product 0, edition 4",
        "reviews are not public"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_kept_while_nobody_would_say_what_changed() {
    let subgraphs = Subgraphs::new();
    let shop = Shop::over(Way::Http, subgraphs.serve().await, |config| {
        config.response_cache.place = CachePlace::Memory;
    })
    .await;
    warm(&shop).await;
    print(&subgraphs.edition, 5);
    assert_eq!(name(&shop.ask(QUERY).await), "product 0, edition 5");
    shop.news.listening().await;
    warm(&shop).await;
    print(&subgraphs.edition, 6);
    assert_eq!(name(&shop.ask(QUERY).await), "product 0, edition 5");
}

#[tokio::test(flavor = "multi_thread")]
async fn large_answers_and_old_ones_are_not_kept() {
    let subgraphs = Subgraphs::new();
    let shop = keeping(&subgraphs, |config| {
        config.response_cache.max_entry_bytes = 10;
    })
    .await;
    warm(&shop).await;
    print(&subgraphs.edition, 7);
    assert_eq!(name(&shop.ask(QUERY).await), "product 0, edition 7");
    let shop = keeping(&subgraphs, |config| config.response_cache.ttl_ms = 1).await;
    warm(&shop).await;
    print(&subgraphs.edition, 8);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while name(&shop.ask(QUERY).await) != "product 0, edition 8" {
        assert!(std::time::Instant::now() < deadline);
    }
}
