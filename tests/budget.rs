//! What one checkout, and one look at the shop window, cost the databases.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{fmt::Write, time::Instant};

use futures::future::join_all;
use serde_json::json;
use system_tests::{Shopper, Stage, both, key, search};

/// Little but the operations under test asks the databases: what runs by the clock waits.
const QUIET: [(&str, &str); 9] = [
    ("EMPORIUM__MESSAGING__POLL_MS", "60000"),
    ("EMPORIUM__MESSAGING__LEASE_MS", "600000"),
    ("EMPORIUM__ORDERS__SWEEP_MS", "600000"),
    ("EMPORIUM__ORDERS__STREAM_POLL_MS", "600000"),
    ("EMPORIUM__PRODUCTS__SWEEP_SECONDS", "600"),
    ("EMPORIUM__PAYMENTS__RECONCILE_EVERY_MS", "600000"),
    ("EMPORIUM__PAYMENTS__MISSED_EVERY_MS", "600000"),
    ("EMPORIUM__ROUTER__RATES__ENABLED", "false"),
    // Each router asks each replica, and each replica its database, whether it is ready. A first look that comes before a
    // replica is up is followed by another one this much later.
    ("EMPORIUM__ROUTER__UPSTREAM__PROBE_MS", "5000"),
];

/// Each reading is done so often.
const TIMES: u64 = 10;

/// Counts what the databases were asked since it was last read.
struct Meter<'a> {
    stage: &'a Stage,
    before: [(&'static str, u64, u64); 4],
}

impl<'a> Meter<'a> {
    async fn new(stage: &'a Stage) -> Self {
        let before = stage.work().await;
        Self { stage, before }
    }

    /// What `step` took: statements and write transactions over all four databases. It is printed by database. Apart it takes
    /// seconds, until every process has brought its counts into its metrics.
    async fn took(&mut self, step: &str) -> (u64, u64) {
        let now = self.stage.work().await;
        let (mut statements, mut transactions, mut by_database) = (0, 0, String::new());
        for ((name, after, after_written), (_, before, before_written)) in
            now.iter().zip(self.before)
        {
            let (asked, written) = (after - before, after_written - before_written);
            statements += asked;
            transactions += written;
            write!(by_database, "  {name} {asked}/{written}").unwrap();
        }
        self.before = now;
        println!(
            "{step:<24} {statements:>3} statements {transactions:>3} transactions {by_database}"
        );
        (statements, transactions)
    }
}

/// One purchase of two things, from the search to PAID; tells `done` each step that is over.
async fn checkout(shopper: &Shopper, variants: &[String; 2], mut done: impl AsyncFnMut(&str)) {
    let hits = "{ searchProducts(query: \"jacket\", first: 20) { nodes { id name slug price { units } } facets { brands { value count } } } }";
    let slug = shopper
        .client
        .graphql(hits, json!({}))
        .await
        .text("/searchProducts/nodes/0/slug");
    done("search").await;
    let detail = "query($slug: String!) { product(by: { slug: $slug }) { name description variants { id price { units } stock { available } } } }";
    shopper
        .client
        .graphql(detail, json!({ "slug": slug }))
        .await
        .at("/product/name");
    done("detail").await;
    for variant in variants {
        shopper.add(variant, 1).await;
        done("add").await;
    }
    let cart = shopper.set_address().await;
    done("address").await;
    let placed = shopper.place(&cart, &key()).await;
    let order = placed.text("/placeOrder/order/id");
    let mut events = shopper.watch(&order, None).await;
    while events.next().await.unwrap().at("/orderEvents/status") != "AWAITING_PAYMENT" {}
    done("placeOrder, reserved").await;
    let payment = shopper.create_payment(&order).await;
    done("createPayment").await;
    let confirmed = shopper.confirm(&payment, "pm_card_visa", &key()).await;
    assert_eq!(confirmed.at("/confirmPayment/payment/status"), "SUCCEEDED");
    while events.next().await.unwrap().at("/orderEvents/status") != "PAID" {}
    done("confirmPayment, PAID").await;
}

/// What is left to do after PAID: the stock, the webhook, the outboxes.
async fn finish(shop: &Stage) {
    shop.heard().await;
    shop.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkout_takes_few_statements_and_write_transactions() {
    let shop = Stage::together(&QUIET).await;
    let client = shop.client();
    let mut variants = [String::new(), String::new()];
    for (variant, word) in variants.iter_mut().zip(["jacket", "lamp"]) {
        *variant = search(&client, word, 4).await.variant;
    }
    let shopper = Shopper::register(&client).await;
    checkout(&shopper, &variants, async |_| ()).await;
    finish(&shop).await;
    let mut meter = Meter::new(&shop).await;
    let (mut statements, mut transactions) = (0, 0);
    checkout(&shopper, &variants, async |step| {
        let (asked, written) = meter.took(step).await;
        statements += asked;
        transactions += written;
    })
    .await;
    println!("to PAID: {statements} statements, {transactions} transactions");
    // What others do meanwhile, such as the emptying of an outbox, falls before PAID or after it.
    assert!(statements <= 140, "{statements} statements");
    finish(&shop).await;
    let (_, after) = meter.took("after PAID").await;
    // Three of them empty the outboxes, which many checkouts share when there are many.
    let all = transactions + after;
    assert!(all <= 20, "{all} write transactions");
    shop.holds().await;
    shop.close().await;
}

both!(checkouts_side_by_side_share_transactions, QUIET);
async fn checkouts_side_by_side_share_transactions(shop: Stage) {
    const SHOPPERS: u64 = 16;
    const EACH: u64 = 3;
    let client = shop.client();
    let mut variants = [String::new(), String::new()];
    for (variant, word) in variants.iter_mut().zip(["jacket", "lamp"]) {
        *variant = search(&client, word, 48).await.variant;
    }
    let shoppers = join_all((0..SHOPPERS).map(|_| Shopper::register(&client))).await;
    shop.drain().await;
    let mut meter = Meter::new(&shop).await;
    join_all(shoppers.iter().map(|shopper| async {
        for _ in 0..EACH {
            checkout(shopper, &variants, async |_| ()).await;
        }
    }))
    .await;
    finish(&shop).await;
    let (statements, transactions) = meter.took("all of them, to the end").await;
    // Apart, every replica looks after its own outbox and answers for its health.
    let most = if matches!(shop, Stage::Apart(_)) {
        20
    } else {
        14
    };
    let checkouts = EACH * SHOPPERS;
    assert!(
        transactions <= most * checkouts && statements <= 150 * checkouts,
        "{transactions} write transactions and {statements} statements for {checkouts} checkouts"
    );
    shop.holds().await;
    shop.close().await;
}

both!(reading_takes_a_bounded_number_of_statements, QUIET);
async fn reading_takes_a_bounded_number_of_statements(shop: Stage) {
    let client = shop.client();
    // What is asked by the clock all the same, in a second: whether there are changes to search for, by each replica, and apart,
    // whether replicas and their databases are ready. Many readings stand out beside it.
    let (by_the_clock, writes) = match shop {
        Stage::Together(_) => (1, 0),
        Stage::Apart(_) => (10, 15),
    };
    let mut meter = Meter::new(&shop).await;
    let product = "id name slug price { units } images { url } categories { name } variants { id sku price { units } stock { available } }";
    for (what, query, at, most) in [
        (
            "20 products",
            format!("{{ products(first: 20) {{ nodes {{ {product} }} }} }}"),
            "/products/nodes",
            6,
        ),
        (
            "100 products",
            format!("{{ products(first: 100) {{ nodes {{ {product} }} }} }}"),
            "/products/nodes",
            // Six, and some more when long reads, which run on other threads, end at different times: what builds on them is
            // then asked for in several batches.
            14,
        ),
        (
            "20 products, bare",
            "{ products(first: 20) { nodes { name slug price { units } } } }".to_owned(),
            "/products/nodes",
            2,
        ),
        (
            "a product",
            format!("{{ product(by: {{ slug: \"SLUG\" }}) {{ {product} description }} }}"),
            "/product/variants",
            6,
        ),
        (
            "search",
            format!(
                "{{ searchProducts(query: \"jacket\", first: 20) {{ totalCount nodes {{ {product} }} facets {{ brands {{ value count }} }} }} }}"
            ),
            "/searchProducts/nodes",
            6,
        ),
        (
            "suggestions",
            "{ suggest(prefix: \"ja\") { text } }".to_owned(),
            "/suggest",
            0,
        ),
        (
            "categories",
            "{ categories { name children { name children { name } } } }".to_owned(),
            "/categories",
            4,
        ),
    ] {
        let slug = client
            .graphql("{ products(first: 1) { nodes { slug } } }", json!({}))
            .await;
        let query = query.replace("SLUG", &slug.text("/products/nodes/0/slug"));
        meter.took("").await;
        let began = Instant::now();
        for _ in 0..TIMES {
            let answer = client.graphql(&query, json!({})).await;
            assert_ne!(answer.at(at), &json!([]), "{what}");
        }
        let (statements, transactions) = meter.took(what).await;
        // Counts of processes apart are up to three seconds old.
        let by_the_clock = by_the_clock * (began.elapsed().as_secs() + 4);
        assert!(
            statements <= TIMES * most + by_the_clock,
            "{what}, {TIMES} times, takes {statements} statements, and {by_the_clock} may come by the clock"
        );
        assert!(transactions <= writes, "{what} writes {transactions} times");
    }
    shop.close().await;
}
