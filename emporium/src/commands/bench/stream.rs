//! Live orders over graphql-transport-ws, as a storefront watches them.

use std::time::Duration;

use clock::Timestamp;
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Message, client::IntoClientRequest},
};

use super::connection::Target;

/// A shopper gives an order up after this long without news.
const PATIENCE: Duration = Duration::from_secs(30);

const WATCH: &str =
    "subscription Watch($orderId: ID!) { orderEvents(orderId: $orderId) { version status at } }";

/// A shopper's WebSocket. One subscription an order, one order at a time.
pub(super) struct Stream {
    socket: WebSocketStream<TcpStream>,
    subscription: u64,
}

impl Stream {
    /// Connects and signs in.
    pub(super) async fn open(target: &Target, token: &str) -> Result<Self, String> {
        let target = target.door();
        let mut request = format!("ws://{}/graphql", target.address())
            .into_client_request()
            .map_err(|error| error.to_string())?;
        let protocol = hyper::header::HeaderValue::from_static("graphql-transport-ws");
        request
            .headers_mut()
            .insert("sec-websocket-protocol", protocol);
        let (socket, _) = client_async(request, target.connect().await?)
            .await
            .map_err(|error| format!("no WebSocket: {error}"))?;
        let mut stream = Self {
            socket,
            subscription: 0,
        };
        let payload = json!({ "authorization": format!("Bearer {token}") });
        stream
            .send(json!({ "type": "connection_init", "payload": payload }))
            .await?;
        let answer = stream.receive().await?;
        if answer["type"] == "connection_ack" {
            Ok(stream)
        } else {
            Err(format!("not let in: {answer}"))
        }
    }

    /// Watches another order.
    pub(super) async fn watch(&mut self, order_id: &str) -> Result<(), String> {
        self.subscription += 1;
        let payload = json!({ "query": WATCH, "variables": { "orderId": order_id } });
        self.send(
            json!({ "type": "subscribe", "id": self.subscription.to_string(), "payload": payload }),
        )
        .await
    }

    /// Waits until the order has this status; says since when. An error when it ends another way.
    pub(super) async fn wait_for(&mut self, status: &str) -> Result<Timestamp, String> {
        let id = self.subscription.to_string();
        loop {
            let message = self.receive().await?;
            if message["id"] != id.as_str() {
                continue;
            }
            let event = &message["payload"]["data"]["orderEvents"];
            match event["status"].as_str() {
                Some(reached) if reached == status => {
                    let at = event["at"].as_str().unwrap_or_default();
                    return at.parse().map_err(|error| format!("{error}: {message}"));
                }
                Some("PENDING" | "AWAITING_PAYMENT") => {}
                _ => return Err(format!("an order did not become {status}: {message}")),
            }
        }
    }

    /// Watches the order no more.
    pub(super) async fn leave(&mut self) -> Result<(), String> {
        self.send(json!({ "type": "complete", "id": self.subscription.to_string() }))
            .await
    }

    async fn send(&mut self, message: Value) -> Result<(), String> {
        self.socket
            .send(Message::text(message.to_string()))
            .await
            .map_err(|error| format!("a WebSocket broke: {error}"))
    }

    async fn receive(&mut self) -> Result<Value, String> {
        loop {
            let message = tokio::time::timeout(PATIENCE, self.socket.next())
                .await
                .map_err(|_| format!("no news within {} s", PATIENCE.as_secs()))?
                .ok_or("a WebSocket was closed")?
                .map_err(|error| format!("a WebSocket broke: {error}"))?;
            let Message::Text(text) = message else {
                continue;
            };
            let message: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
            if message["type"] == "ping" {
                self.send(json!({ "type": "pong" })).await?;
            } else {
                return Ok(message);
            }
        }
    }
}
