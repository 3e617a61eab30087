//! One trace from the client's request through router, subgraph, event and handler to the events that follow from it, in one
//! process and across several.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use events::Envelope;
use messaging::{KafkaMetrics, Subscriber, Transport, TransportError, kafka::Listener};
use serde_json::json;
use serving::config::Settings;
use system_tests::{Client, RunningShop, Shopper, Stage, key, search};
use tokio_util::sync::CancellationToken;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
/// What follows from an order.
const KINDS: [&str; 3] = [
    "order.placed.v1",
    "inventory.reserved.v1",
    "order.awaiting_payment.v1",
];

/// The events that were on their way.
#[derive(Default)]
struct Heard(Mutex<Vec<Envelope>>);

impl Heard {
    fn note(&self, batch: &[Envelope]) {
        self.0.lock().unwrap().extend_from_slice(batch);
    }

    /// The traces of the kinds that follow from the order of [`order_traced`]: nobody else sends one along.
    fn traces(&self) -> BTreeMap<String, String> {
        let heard = self.0.lock().unwrap();
        let traced = heard.iter().filter_map(|event| {
            let parent = event.traceparent.clone()?;
            (KINDS.contains(&event.kind.as_str()) && parent.contains(TRACE))
                .then(|| (event.kind.clone(), parent))
        });
        traced.collect()
    }
}

/// Keeps a copy of every event on its way.
struct Listening {
    inner: Arc<dyn Transport>,
    heard: Arc<Heard>,
}

#[async_trait]
impl Transport for Listening {
    async fn publish(&self, batch: &[Envelope]) -> Result<(), TransportError> {
        self.heard.note(batch);
        self.inner.publish(batch).await
    }
}

#[async_trait]
impl Subscriber for Heard {
    fn name(&self) -> &'static str {
        "heard"
    }

    fn takes(&self, kind: &str) -> bool {
        KINDS.contains(&kind)
    }

    async fn take(&self, batch: &[Envelope]) -> Result<(), TransportError> {
        self.note(batch);
        Ok(())
    }
}

/// Places an order under the trace, and waits until its stock is reserved.
async fn order_traced(client: &Client) {
    let found = search(client, "lamp", 2).await;
    let shopper = Shopper::register(client).await;
    shopper.add(&found.variant, 1).await;
    let cart = shopper.set_address().await;
    let placed = client
        .http()
        .post(format!("{}/graphql", client.base()))
        .bearer_auth(shopper.client.token.clone().unwrap())
        .header("traceparent", format!("00-{TRACE}-00f067aa0ba902b7-01"))
        .json(&json!({
            "query": "mutation($cart: ID!, $key: String!) { placeOrder(input: { cartId: $cart, idempotencyKey: $key }) { order { id } } }",
            "variables": { "cart": cart, "key": key() },
        }))
        .send()
        .await
        .unwrap();
    let placed: serde_json::Value = placed.json().await.unwrap();
    let order = placed["data"]["placeOrder"]["order"]["id"]
        .as_str()
        .unwrap();
    shopper.wait_for(order, "AWAITING_PAYMENT").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trace_of_a_request_reaches_every_event_that_it_causes() {
    let heard = Arc::new(Heard::default());
    let shop =
        RunningShop::open_disturbed(tempfile::tempdir().unwrap(), Settings::default(), |inner| {
            Arc::new(Listening {
                inner,
                heard: Arc::clone(&heard),
            })
        })
        .await;
    order_traced(&shop.client()).await;
    shop.shop.drain().await.unwrap();
    assert_eq!(heard.traces().len(), KINDS.len(), "{:?}", heard.traces());
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_crosses_processes_and_kafka_with_roles_apart() {
    let Some(Stage::Apart(shop)) = Stage::apart(&[]).await else {
        return;
    };
    let heard = Arc::new(Heard::default());
    let concerned: Vec<Arc<dyn Subscriber>> = vec![heard.clone()];
    let metrics = KafkaMetrics::new(&telemetry::Registry::default()).unwrap();
    let listener = Listener::new(&shop.kafka(), concerned, metrics).unwrap();
    let (mut ready, stop) = (listener.ready(), CancellationToken::new());
    let listening = tokio::spawn(listener.run(stop.clone()));
    assert!(ready.wait().await);
    order_traced(&Client::of(&shop.url("router-1"))).await;
    testkit::until("every event of the trace", async || {
        (heard.traces().len() == KINDS.len()).then_some(())
    })
    .await;
    stop.cancel();
    listening.await.unwrap();
}
