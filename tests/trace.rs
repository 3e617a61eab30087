//! One trace from the client's request through router, subgraph, event and handler to the events that follow from it.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use events::Envelope;
use messaging::{Transport, TransportError};
use serde_json::json;
use serving::config::Settings;
use system_tests::{RunningShop, Shopper, key, search};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// Keeps a copy of every event on its way.
struct Listening {
    inner: Arc<dyn Transport>,
    heard: Arc<Mutex<Vec<Envelope>>>,
}

#[async_trait]
impl Transport for Listening {
    async fn publish(&self, batch: &[Envelope]) -> Result<(), TransportError> {
        self.heard.lock().unwrap().extend_from_slice(batch);
        self.inner.publish(batch).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trace_of_a_request_reaches_every_event_that_it_causes() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let shop =
        RunningShop::open_disturbed(tempfile::tempdir().unwrap(), Settings::default(), |inner| {
            Arc::new(Listening {
                inner,
                heard: Arc::clone(&heard),
            })
        })
        .await;
    let client = shop.client();
    let found = search(&client, "lamp", 2).await;
    let shopper = Shopper::register(&client).await;
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
    shop.shop.drain().await.unwrap();
    let traces: BTreeMap<String, Option<String>> = heard
        .lock()
        .unwrap()
        .iter()
        .filter(|event| {
            [
                "order.placed.v1",
                "inventory.reserved.v1",
                "order.awaiting_payment.v1",
            ]
            .contains(&event.kind.as_str())
        })
        .map(|event| (event.kind.clone(), event.traceparent.clone()))
        .collect();
    assert_eq!(traces.len(), 3, "{traces:?}");
    for (kind, traceparent) in traces {
        assert!(
            traceparent
                .clone()
                .is_some_and(|parent| parent.contains(TRACE)),
            "{kind}: {traceparent:?}"
        );
    }
    shop.close().await;
}
