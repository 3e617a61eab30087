//! Events repeated, shuffled, cut off and held back: the same end (I2), and copies that can be made anew.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use clock::Clock;
use events::Envelope;
use futures::future::join_all;
use messaging::{Transport, TransportError};
use serde_json::{Value, json};
use system_tests::{IMPATIENT, RunningShop, Shopper, Stage, available, key, run, search, settings};

/// Delivers everything twice and shuffles across aggregates; sometimes it delivers a part and says that it failed.
struct Rough {
    inner: Arc<dyn Transport>,
    clock: Clock,
    batches: Arc<AtomicU64>,
}

impl Rough {
    /// The events in another order, in which each aggregate keeps its own.
    fn shuffled(&self, batch: &[Envelope]) -> Vec<Envelope> {
        let mut queues: Vec<VecDeque<Envelope>> = Vec::new();
        for event in batch {
            let own = queues.iter_mut().find(|queue| {
                queue[0].aggregate_id == event.aggregate_id && queue[0].topic == event.topic
            });
            match own {
                Some(queue) => queue.push_back(event.clone()),
                None => queues.push(VecDeque::from([event.clone()])),
            }
        }
        let mut shuffled = Vec::new();
        while !queues.is_empty() {
            let chosen = usize::from(self.clock.bytes::<1>()[0]) % queues.len();
            shuffled.extend(queues[chosen].pop_front());
            queues.retain(|queue| !queue.is_empty());
        }
        shuffled
    }
}

#[async_trait]
impl Transport for Rough {
    async fn publish(&self, batch: &[Envelope]) -> Result<(), TransportError> {
        let first = self.shuffled(batch);
        if self.batches.fetch_add(1, Ordering::Relaxed) % 7 == 6 {
            self.inner
                .publish(&first[..first.len().div_ceil(2)])
                .await?;
            return Err(TransportError {
                to: "half of them".to_owned(),
                source: "the line was cut".into(),
            });
        }
        self.inner.publish(&first).await?;
        let again = self.shuffled(batch);
        self.inner.publish(&[again.clone(), again].concat()).await
    }
}

/// What a shopper of the crowd does with an order.
#[derive(Clone, Copy)]
enum Habit {
    Pays,
    IsDeclinedFirst,
    CancelsBeforePaying,
    CancelsAfterPaying,
    WalksAway,
}

impl Habit {
    async fn live(self, shopper: &Shopper, order: &str) -> &'static str {
        shopper.wait_for(order, "AWAITING_PAYMENT").await;
        if matches!(self, Self::WalksAway) {
            return "EXPIRED";
        }
        if matches!(self, Self::CancelsBeforePaying) {
            cancel(shopper, order).await;
            return "CANCELLED";
        }
        let payment = shopper.create_payment(order).await;
        if matches!(self, Self::IsDeclinedFirst) {
            let declined = shopper
                .confirm(&payment, "pm_card_chargeDeclined", &key())
                .await;
            assert_eq!(
                declined.at("/confirmPayment/userErrors/0/__typename"),
                "PaymentDeclined"
            );
        }
        shopper.confirm(&payment, "pm_card_visa", &key()).await;
        shopper.wait_for(order, "PAID").await;
        if matches!(self, Self::CancelsAfterPaying) {
            cancel(shopper, order).await;
            return "CANCELLED";
        }
        "PAID"
    }
}

async fn cancel(shopper: &Shopper, order: &str) {
    let mutation = "mutation($order: ID!, $key: String!) { cancelOrder(input: { orderId: $order, idempotencyKey: $key }) { userErrors { message } } }";
    let cancelled = shopper
        .client
        .graphql(mutation, json!({ "order": order, "key": key() }))
        .await;
    assert_eq!(cancelled.at("/cancelOrder/userErrors"), &json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_event_twice_and_shuffled_gives_the_same_end() {
    use Habit::{CancelsAfterPaying, CancelsBeforePaying, IsDeclinedFirst, Pays, WalksAway};
    let hasty = settings(&[
        ("EMPORIUM__ORDERS__DEADLINE_MS", "6000"),
        ("EMPORIUM__ORDERS__SWEEP_MS", "300"),
    ]);
    let folder = tempfile::tempdir().unwrap();
    let batches = Arc::new(AtomicU64::new(0));
    let shop = RunningShop::open_disturbed(folder, hasty, |inner| {
        Arc::new(Rough {
            inner,
            clock: Clock::system(),
            batches: Arc::clone(&batches),
        })
    })
    .await;
    let client = shop.client();
    let found = search(&client, "lamp", 24).await;
    let habits = [
        Pays,
        IsDeclinedFirst,
        CancelsBeforePaying,
        Pays,
        WalksAway,
        CancelsAfterPaying,
        Pays,
        WalksAway,
        IsDeclinedFirst,
        CancelsBeforePaying,
        CancelsAfterPaying,
        Pays,
    ];
    let (client_of, lamp) = (&client, &found.variant);
    let crowd = habits.into_iter().map(|habit| async move {
        let shopper = Shopper::register(client_of).await;
        let order = shopper.order(lamp, 2).await;
        let end = habit.live(&shopper, &order).await;
        shopper.wait_for(&order, end).await;
        (shopper, order, end)
    });
    let lived = join_all(crowd).await;
    shop.heard().await;
    shop.shop.drain().await.unwrap();
    let mut sold = 0;
    for (shopper, order, end) in &lived {
        let shown = shopper.show(order).await;
        assert_eq!(shown.at("/order/status"), end);
        let events = shown.at("/order/events").as_array().unwrap();
        let versions: Vec<Value> = events
            .iter()
            .map(|event| event["version"].clone())
            .collect();
        let expected: Vec<Value> = (1..=versions.len()).map(|version| json!(version)).collect();
        assert_eq!(versions, expected, "{shown:?}");
        sold += if *end == "PAID" { 2 } else { 0 };
    }
    assert_eq!(sold, 12);
    assert!(
        batches.load(Ordering::Relaxed) > 14,
        "hardly anything was disturbed"
    );
    let left = testkit::until("the stock that is left", async || {
        let left = available(&client, &found.variant).await;
        (left == found.available - sold).then_some(left)
    });
    assert_eq!(left.await, found.available - sold);
    let (listed, said) = run(shop.data(), &[], &["events", "list", "--waiting"]);
    assert!(listed && said.contains("no event is held back"), "{said}");
    shop.holds().await;
    shop.close().await;
}

/// A command of the command line, on the shop that runs; gives what it said.
fn order(shop: &Stage, arguments: &[&str]) -> String {
    let (done, said) = shop.command(arguments);
    assert!(done, "{said}");
    said
}

system_tests::both!(lost_copies_are_made_anew_while_the_shop_runs);

async fn lost_copies_are_made_anew_while_the_shop_runs(shop: Stage) {
    let client = shop.client();
    let found = search(&client, "lamp", 4).await;
    let shopper = Shopper::register(&client).await;
    let before = shopper.order(&found.variant, 1).await;
    shopper.wait_for(&before, "AWAITING_PAYMENT").await;
    shop.behind_the_back("orders", &["DELETE FROM offers", "DELETE FROM offer_stock"])
        .await;
    let add = "mutation($variant: ID!) { addToCart(input: { variantId: $variant, quantity: 1 }) { userErrors { __typename } } }";
    let refused = shopper
        .client
        .graphql(add, json!({ "variant": found.variant }))
        .await;
    assert_eq!(
        refused.at("/addToCart/userErrors/0/__typename"),
        "NotForSale"
    );

    let said = order(&shop, &["events", "republish", "products.catalog"]);
    assert!(
        said.contains("snapshots of products.catalog are announced"),
        "{said}"
    );
    let said = order(&shop, &["events", "republish", "products.inventory"]);
    assert!(
        said.contains("snapshots of products.inventory are announced"),
        "{said}"
    );
    shop.drain().await;
    let again = shopper.order(&found.variant, 1).await;
    shopper.pay(&again).await;
    shopper.pay(&before).await;
    shop.drain().await;
    let cart = shopper.add(&found.variant, 1).await;
    assert_eq!(
        cart.at("/addToCart/cart/lines/0/available"),
        found.available - 2
    );
    let (done, said) = shop.command(&["events", "republish", "orders.orders"]);
    assert!(!done && said.contains("orders.orders"), "{said}");
    let (done, said) = shop.command(&["events", "republish", "moon.phases"]);
    assert!(
        !done && said.contains("no subgraph owns `moon.phases`"),
        "{said}"
    );
    shop.holds().await;
    shop.close().await;
}

system_tests::both!(parked_events_are_listed_and_replayed_in_order, IMPATIENT);

async fn parked_events_are_listed_and_replayed_in_order(shop: Stage) {
    let client = shop.client();
    let found = search(&client, "lamp", 2).await;
    let staff = Shopper::log_in(&client, "staff@emporium.example", "staff-of-the-emporium").await;
    let price = async |units: i64| {
        let mutation = "mutation($variant: ID!, $units: BigInt!) { updateVariant(input: { variantId: $variant, price: { currency: \"USD\", units: $units } }) { userErrors { message } } }";
        let updated = staff
            .client
            .graphql(
                mutation,
                json!({ "variant": found.variant, "units": units }),
            )
            .await;
        assert_eq!(updated.at("/updateVariant/userErrors"), &json!([]));
    };
    shop.behind_the_back("orders", &["ALTER TABLE offers RENAME TO offers_away"])
        .await;
    price(1111).await;
    let listed = testkit::until("a parked event", async || {
        let said = order(&shop, &["events", "list"]);
        said.contains("parked").then_some(said)
    })
    .await;
    assert!(
        listed.contains("product.changed.v1") && listed.contains("after 4 tries"),
        "{listed}"
    );
    // Later events of that product wait behind it, and nobody else's.
    price(2222).await;
    testkit::until("an event behind it", async || {
        let said = order(&shop, &["events", "list"]);
        said.contains("behind another event of its aggregate")
            .then_some(())
    })
    .await;
    shop.behind_the_back("orders", &["ALTER TABLE offers_away RENAME TO offers"])
        .await;
    let shopper = Shopper::register(&client).await;
    let other = search(&client, "jacket", 2).await;
    let bought = shopper.order(&other.variant, 1).await;
    shopper.pay(&bought).await;

    let said = order(&shop, &["events", "replay"]);
    assert!(said.contains("2 events will be tried again"), "{said}");
    testkit::until("the end of all that was held", async || {
        order(&shop, &["events", "list", "--waiting"])
            .contains("no event is held back")
            .then_some(())
    })
    .await;
    shopper.add(&found.variant, 1).await;
    let cart = shopper
        .client
        .graphql("{ myCart { lines { unitPrice { units } } } }", Value::Null)
        .await;
    assert_eq!(cart.at("/myCart/lines/0/unitPrice/units"), 2222);
    shop.holds().await;
    shop.close().await;
}
