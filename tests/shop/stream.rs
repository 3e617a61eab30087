//! A subscription over graphql-transport-ws.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use testkit::Answer;
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream,
    tungstenite::{Message, client::IntoClientRequest},
};

const PATIENCE: Duration = Duration::from_mins(5);

/// An open subscription.
pub struct Stream {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Stream {
    pub(crate) async fn open(
        base: &str,
        token: Option<&str>,
        query: &str,
        variables: Value,
    ) -> Self {
        let url = format!("{}/graphql", base.replacen("http", "ws", 1));
        let mut request = url.into_client_request().expect("an address");
        let protocol = "graphql-transport-ws".parse().expect("a header");
        request
            .headers_mut()
            .insert("sec-websocket-protocol", protocol);
        let (socket, _) = tokio_tungstenite::connect_async(request)
            .await
            .expect("a WebSocket");
        let mut stream = Self { socket };
        let payload = token.map_or(
            json!({}),
            |token| json!({ "authorization": format!("Bearer {token}") }),
        );
        stream
            .send(json!({ "type": "connection_init", "payload": payload }))
            .await;
        let ack = stream
            .message()
            .await
            .expect("an answer to connection_init");
        assert_eq!(ack["type"], "connection_ack", "{ack}");
        let payload = json!({ "query": query, "variables": variables });
        stream.subscribe(payload).await;
        stream
    }

    /// Sends another operation on the same connection, once the one before has ended.
    pub async fn also(&mut self, query: &str) {
        self.subscribe(json!({ "query": query })).await;
    }

    async fn subscribe(&mut self, payload: Value) {
        self.send(json!({ "type": "subscribe", "id": "1", "payload": payload }))
            .await;
    }

    async fn send(&mut self, message: Value) {
        self.socket
            .send(Message::text(message.to_string()))
            .await
            .expect("the socket is open");
    }

    async fn message(&mut self) -> Option<Value> {
        loop {
            let next = tokio::time::timeout(PATIENCE, self.socket.next())
                .await
                .expect("a message in time");
            match next? {
                Ok(Message::Text(text)) => {
                    let message: Value = serde_json::from_str(&text).expect("JSON");
                    if message["type"] == "ping" {
                        self.send(json!({ "type": "pong" })).await;
                    } else {
                        return Some(message);
                    }
                }
                Ok(Message::Close(_)) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    /// The next event; None when the stream has ended. Waits half a minute at most.
    pub async fn next(&mut self) -> Option<Answer> {
        let message = self.message().await?;
        match message["type"].as_str() {
            Some("next") => Some(Answer(message["payload"].clone())),
            Some("error") => Some(Answer(json!({ "errors": message["payload"] }))),
            Some("complete") => None,
            _ => panic!("not a message for a subscription: {message}"),
        }
    }
}
