//! A client's own connection to the shop, kept alive.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{
    Request, Uri,
    client::conn::http1::{self, SendRequest},
    header,
};
use hyper_util::rt::TokioIo;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, value::RawValue};
use tokio::net::TcpStream;

/// A client gives an answer up after this long.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where the shop is: `host:port` of each of its doors. Clients spread over them.
#[derive(Clone, Debug)]
pub(super) struct Target {
    doors: Vec<String>,
    turn: Arc<AtomicUsize>,
}

impl Target {
    /// A shop with these doors.
    pub(super) fn of(doors: Vec<String>) -> Self {
        Self {
            doors,
            turn: Arc::default(),
        }
    }

    /// The next door alone.
    pub(super) fn door(&self) -> Self {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let door = turn.checked_rem(self.doors.len()).unwrap_or(0);
        Self::of(self.doors.get(door).cloned().into_iter().collect())
    }

    /// `host:port` of the first door.
    pub(super) fn address(&self) -> &str {
        self.doors.first().map_or("", String::as_str)
    }

    /// The host and port of a URL like `http://localhost:4000`.
    pub(super) fn parse(url: &str) -> Result<Self, String> {
        let wrong =
            || format!("`{url}` is no address of a shop; write one like http://localhost:4000");
        let uri: Uri = url.parse().map_err(|_| wrong())?;
        match (uri.scheme_str(), uri.host()) {
            (Some("http"), Some(host)) => {
                let door = format!("{host}:{}", uri.port_u16().unwrap_or(80));
                Ok(Self::of(vec![door]))
            }
            _ => Err(wrong()),
        }
    }

    /// A new TCP connection.
    pub(super) async fn connect(&self) -> Result<TcpStream, String> {
        let failed = |error| format!("cannot reach {}: {error}", self.address());
        let stream = TcpStream::connect(self.address()).await.map_err(failed)?;
        stream.set_nodelay(true).map_err(failed)?;
        Ok(stream)
    }
}

/// One connection, which carries one request at a time.
pub(super) struct Connection {
    target: Target,
    sender: SendRequest<Full<Bytes>>,
    authorization: Option<String>,
}

#[derive(Serialize)]
struct Operation<'a, V> {
    query: &'a str,
    variables: V,
}

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
    #[serde(borrow, default)]
    errors: Option<&'a RawValue>,
}

impl Connection {
    /// Connects.
    pub(super) async fn open(target: &Target) -> Result<Self, String> {
        let target = target.door();
        let sender = Self::dial(&target).await?;
        Ok(Self {
            target,
            sender,
            authorization: None,
        })
    }

    async fn dial(target: &Target) -> Result<SendRequest<Full<Bytes>>, String> {
        let io = TokioIo::new(target.connect().await?);
        let (sender, connection) = http1::handshake(io)
            .await
            .map_err(|error| error.to_string())?;
        // It ends with the sender; what went wrong shows at the request.
        tokio::spawn(connection);
        Ok(sender)
    }

    /// Sends this access token from now on.
    pub(super) fn sign_in(&mut self, token: &str) {
        self.authorization = Some(format!("Bearer {token}"));
    }

    /// Sends an operation; its data, or what the shop had against it.
    pub(super) async fn ask<T: DeserializeOwned>(
        &mut self,
        query: &str,
        variables: impl Serialize,
    ) -> Result<T, String> {
        let operation = Operation { query, variables };
        let body = serde_json::to_vec(&operation).map_err(|error| error.to_string())?;
        let bytes = tokio::time::timeout(PATIENCE, self.send(body.into()))
            .await
            .map_err(|_| format!("no answer within {} s", PATIENCE.as_secs()))??;
        read(&bytes)
    }

    /// Sends a mutation; the payload of `field`, or why it was refused.
    pub(super) async fn change(
        &mut self,
        field: &str,
        query: &str,
        variables: Value,
    ) -> Result<Value, String> {
        let mut data: Value = self.ask(query, variables).await?;
        let payload = data[field].take();
        match payload["userErrors"].as_array().map(Vec::as_slice) {
            Some([]) => Ok(payload),
            _ => Err(format!("{field} was refused: {}", payload["userErrors"])),
        }
    }

    async fn send(&mut self, body: Bytes) -> Result<Bytes, String> {
        if self.sender.ready().await.is_err() {
            self.sender = Self::dial(&self.target).await?;
            self.sender
                .ready()
                .await
                .map_err(|error| error.to_string())?;
        }
        let mut request = Request::post("/graphql")
            .header(header::HOST, self.target.address())
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/json");
        if let Some(authorization) = &self.authorization {
            request = request.header(header::AUTHORIZATION, authorization.as_str());
        }
        let request = request
            .body(Full::new(body))
            .map_err(|error| error.to_string())?;
        let response = self
            .sender
            .send_request(request)
            .await
            .map_err(|error| error.to_string())?;
        let collected = response
            .into_body()
            .collect()
            .await
            .map_err(|error| error.to_string())?;
        Ok(collected.to_bytes())
    }
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    let answer: Answer =
        serde_json::from_slice(bytes).map_err(|error| format!("not a GraphQL answer: {error}"))?;
    match (answer.errors, answer.data) {
        (Some(errors), _) => Err(errors.get().to_owned()),
        (None, Some(data)) => {
            serde_json::from_str(data.get()).map_err(|error| format!("unexpected data: {error}"))
        }
        (None, None) => Err("an answer with neither data nor errors".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_urls_of_shops() {
        assert_eq!(
            Target::parse("http://localhost:4000").unwrap().address(),
            "localhost:4000"
        );
        assert_eq!(
            Target::parse("http://shop.example/").unwrap().address(),
            "shop.example:80"
        );
        assert!(Target::parse("localhost:4000").is_err());
        assert!(Target::parse("https://shop.example").is_err());
    }

    #[test]
    fn an_answer_with_errors_is_an_error() {
        assert_eq!(read::<Value>(br#"{"data":{"a":1}}"#).unwrap()["a"], 1);
        assert!(
            read::<Value>(br#"{"data":{"a":1},"errors":[{"message":"no"}]}"#)
                .unwrap_err()
                .contains("no")
        );
        assert!(read::<Value>(b"{}").is_err());
        assert!(read::<Value>(b"<html>").is_err());
    }
}
