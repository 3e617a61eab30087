//! Thousands of live subscribers on two routers and two replicas of orders: each gets each status once and in order, also
//! when a replica is killed under them (I5).
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    collections::BTreeMap,
    process::Command,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use futures::{SinkExt, StreamExt, future::join_all, stream};
use serde_json::{Value, json};
use system_tests::{Client, Shopper, Stage, key, search, set_stock};
use tokio::{
    net::TcpStream,
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Message, client::IntoClientRequest, protocol::WebSocketConfig},
};

const SUBSCRIBERS: usize = 5_000;
const SHOPPERS: usize = 50;
const ORDERS_EACH: usize = 5;
const PATIENCE: Duration = Duration::from_mins(15);
/// Longer than any idle connection is kept.
const SILENCE: Duration = Duration::from_secs(40);
/// Clients that open their streams at the same time.
const AT_ONCE: usize = 200;

const ROOMY: [(&str, &str); 5] = [
    (
        "EMPORIUM__ROUTER__SUBSCRIPTIONS__MAX_CLIENTS_PER_ADDRESS",
        "20000",
    ),
    // Thousands of clients in one process take their time to answer and to read on a busy machine.
    ("EMPORIUM__ROUTER__SUBSCRIPTIONS__HEARTBEAT_MS", "30000"),
    ("EMPORIUM__ROUTER__SUBSCRIPTIONS__STALLED_MS", "90000"),
    ("EMPORIUM__ORDERS__STREAMS_PER_USER", "1000"),
    ("EMPORIUM__ORDERS__DEADLINE_MS", "1800000"),
];

/// What all subscribers share.
#[derive(Default)]
struct Hall {
    watching: AtomicUsize,
    /// Why streams ended before their order was paid, and how often.
    ends: Mutex<BTreeMap<String, usize>>,
}

/// One subscriber of one order, who comes back until it is paid.
struct Subscriber {
    door: Client,
    token: String,
    order: String,
    hall: Arc<Hall>,
    versions: Vec<i64>,
    sent_away: u32,
    /// Held until this stream is open.
    opening: Option<OwnedSemaphorePermit>,
}

impl Subscriber {
    /// The versions that came, in the order in which they came.
    async fn watch(mut self) -> Vec<i64> {
        let began = Instant::now();
        loop {
            assert!(
                began.elapsed() < PATIENCE,
                "{:?} and no more",
                self.versions
            );
            let why = match self.follow().await {
                Ok(()) => return self.versions,
                Err(why) => why,
            };
            *self.hall.ends.lock().unwrap().entry(why).or_default() += 1;
            // A client that was sent away comes back a little later, each time a little later still, and not with all others.
            self.sent_away += 1;
            let longest = Duration::from_secs(self.sent_away.min(30).into());
            tokio::time::sleep(longest.mul_f64(clock::Clock::system().fraction())).await;
        }
    }

    /// Reads until the order is paid; otherwise why the stream ended.
    async fn follow(&mut self) -> Result<(), String> {
        let mut socket = self.open().await?;
        loop {
            let message = socket.next().await.ok_or("cut off")?;
            let Ok(Message::Text(text)) = message else {
                match message {
                    Ok(Message::Ping(_) | Message::Pong(_)) => continue,
                    Ok(Message::Close(_)) => return Err("closed".to_owned()),
                    _ => return Err("cut off".to_owned()),
                }
            };
            let message: Value = serde_json::from_str(&text).unwrap();
            match message["type"].as_str() {
                Some("next") if message["payload"]["errors"].is_null() => {
                    let event = &message["payload"]["data"]["orderEvents"];
                    self.versions.push(event["version"].as_i64().unwrap());
                    let status = event["status"].as_str().unwrap();
                    if status == "AWAITING_PAYMENT" {
                        self.hall.watching.fetch_add(1, Ordering::Relaxed);
                        self.opening = None;
                    }
                    if status == "PAID" {
                        return Ok(());
                    }
                }
                Some("next") => return Err(retryable(&message["payload"]["errors"])),
                Some("error") => return Err(retryable(&message["payload"])),
                Some("complete") => return Err("complete".to_owned()),
                Some("ping") => socket
                    .send(text_of(&json!({ "type": "pong" })))
                    .await
                    .unwrap(),
                other => assert_eq!(other, Some("connection_ack")),
            }
        }
    }

    /// A stream of what comes after the last version, with buffers as small as its messages.
    async fn open(&self) -> Result<WebSocketStream<TcpStream>, String> {
        let away = |_| "no connection".to_owned();
        let address = self.door.base().trim_start_matches("http://").to_owned();
        let tcp = TcpStream::connect(&address)
            .await
            .map_err(|_| "no connection")?;
        let mut request = format!("ws://{address}/graphql")
            .into_client_request()
            .unwrap();
        let protocol = "graphql-transport-ws".parse().unwrap();
        request
            .headers_mut()
            .insert("sec-websocket-protocol", protocol);
        let lean = WebSocketConfig::default()
            .read_buffer_size(2_048)
            .write_buffer_size(0);
        let (mut socket, _) = tokio_tungstenite::client_async_with_config(request, tcp, Some(lean))
            .await
            .map_err(away)?;
        let query = "subscription($order: ID!, $after: Int) { orderEvents(orderId: $order, afterVersion: $after) { version status } }";
        let after = self.versions.last().copied().unwrap_or(0);
        let authorization = format!("Bearer {}", self.token);
        for message in [
            json!({ "type": "connection_init", "payload": { "authorization": authorization } }),
            json!({ "type": "subscribe", "id": "1", "payload": {
                "query": query, "variables": { "order": self.order, "after": after } } }),
        ] {
            socket.send(text_of(&message)).await.map_err(away)?;
        }
        Ok(socket)
    }
}

fn text_of(message: &Value) -> Message {
    Message::text(message.to_string())
}

/// The code of an end that a client may come back after; any other fails the test.
fn retryable(errors: &Value) -> String {
    let error = &errors[0]["extensions"];
    assert_eq!(error["retryable"], true, "{errors}");
    error["code"].as_str().unwrap().to_owned()
}

/// As many open files as the system lets this process have.
fn raise_open_files() {
    let own = std::process::id().to_string();
    let raised = Command::new("sh")
        .args([
            "-c",
            r#"prlimit --pid "$0" --nofile="$(ulimit -Hn)":"$(ulimit -Hn)""#,
        ])
        .arg(own)
        .status();
    assert!(raised.is_ok_and(|status| status.success()));
}

#[tokio::test(flavor = "multi_thread")]
async fn thousands_watch_and_each_sees_everything_once() {
    let _alone = system_tests::alone().await;
    let Some(mut stage) = Stage::apart(&ROOMY).await else {
        return;
    };
    raise_open_files();
    let doors = [stage.client(), stage.other_door()];
    let found = search(&doors[0], "lamp", 1).await;
    set_stock(&doors[0], &found.variant, 1_000).await;
    let began = Instant::now();
    let orders: Vec<(Shopper, String, String)> = stream::iter(0..SHOPPERS)
        .map(|number| {
            let (door, variant) = (&doors[number % 2], &found.variant);
            async move {
                let shopper = Shopper::register(door).await;
                let mut orders = Vec::new();
                for _ in 0..ORDERS_EACH {
                    let order = shopper.order(variant, 1).await;
                    shopper.wait_for(&order, "AWAITING_PAYMENT").await;
                    let payment = shopper.create_payment(&order).await;
                    orders.push((shopper.clone(), order, payment));
                }
                orders
            }
        })
        .buffer_unordered(16)
        .collect::<Vec<_>>()
        .await
        .into_iter()
        .flatten()
        .collect();
    println!("{} orders after {:?}", orders.len(), began.elapsed());

    let hall = Arc::new(Hall::default());
    let permits = Arc::new(Semaphore::new(AT_ONCE));
    let subscribers: Vec<_> = (0..SUBSCRIBERS)
        .map(|number| {
            let (shopper, order, _) = &orders[number % orders.len()];
            let mut subscriber = Subscriber {
                door: doors[number / orders.len() % 2].clone(),
                token: shopper.client.token.clone().unwrap(),
                order: order.clone(),
                hall: Arc::clone(&hall),
                versions: Vec::new(),
                sent_away: 0,
                opening: None,
            };
            let permits = Arc::clone(&permits);
            tokio::spawn(async move {
                subscriber.opening = Some(permits.acquire_owned().await.unwrap());
                subscriber.watch().await
            })
        })
        .collect();
    let opening = Instant::now();
    until_watching(&hall, SUBSCRIBERS).await;
    println!("{SUBSCRIBERS} watch after {:?}", began.elapsed());
    // For longer than anybody may be silent, nothing is to be told.
    tokio::time::sleep(SILENCE.saturating_sub(opening.elapsed())).await;
    let ends = std::mem::take(&mut *hall.ends.lock().unwrap());
    assert!(ends.is_empty(), "streams ended without a cause: {ends:?}");

    let (early, late) = orders.split_at(orders.len() / 2);
    pay(early).await;
    println!("half are paid after {:?}", began.elapsed());
    let Stage::Apart(shop) = &mut stage else {
        panic!("it was to be apart");
    };
    shop.kill("orders-1");
    pay(late).await;
    shop.restart("orders-1");
    let mut seen = Vec::with_capacity(SUBSCRIBERS);
    for subscriber in subscribers {
        seen.push(subscriber.await.unwrap());
    }
    println!(
        "all have seen everything after {:?}; ends: {:?}",
        began.elapsed(),
        hall.ends
    );
    for versions in &seen {
        assert_eq!(versions, &[1, 2, 3]);
    }
    let ends = std::mem::take(&mut *hall.ends.lock().unwrap());
    assert!(
        ends.values().sum::<usize>() >= SUBSCRIBERS / 10,
        "hardly anybody was on the replica that was killed"
    );
    // The routers live: whoever is sent away hears why.
    assert_eq!(ends.keys().collect::<Vec<_>>(), ["UNAVAILABLE"], "{ends:?}");
    shop.ready("orders-1").await;
    stage.drain().await;
    stage.holds().await;
    stage.close().await;
}

async fn until_watching(hall: &Hall, all: usize) {
    let began = Instant::now();
    while hall.watching.load(Ordering::Relaxed) < all {
        assert!(
            began.elapsed() < PATIENCE,
            "{} of {all} watch; ends: {:?}",
            hall.watching.load(Ordering::Relaxed),
            hall.ends
        );
        // Between two looks at the condition.
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Pays all these orders, a few at a time.
async fn pay(orders: &[(Shopper, String, String)]) {
    for some in orders.chunks(16) {
        join_all(some.iter().map(|(shopper, order, payment)| async move {
            let key = key();
            testkit::until("a payment that is taken", async || {
                let confirmed = shopper.confirm(payment, "pm_card_visa", &key).await;
                (confirmed
                    .0
                    .pointer("/data/confirmPayment/payment/status")?
                    .as_str()?
                    == "SUCCEEDED")
                    .then_some(())
            })
            .await;
            testkit::until("an order that is paid", async || {
                let shown = shopper.show(order).await;
                if let [error, ..] = shown.errors() {
                    // A replica is killed meanwhile: who is told to try again does so.
                    assert_eq!(error["extensions"]["retryable"], true, "{error}");
                    return None;
                }
                (shown.at("/order/status") == "PAID").then_some(())
            })
            .await;
        }))
        .await;
    }
}
