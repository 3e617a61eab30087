//! The messages of graphql-transport-ws, and the codes that connections close with.

use hive_router::ntex::{
    util::ByteString,
    web::ws::{CloseCode, CloseReason, Message},
};
use serde::Deserialize;
use serde_json::{Map, Value, value::RawValue};

pub(crate) const PROTOCOL: &str = "graphql-transport-ws";

/// What a client says.
#[derive(Debug)]
pub(crate) enum ClientMessage<'m> {
    /// Opens the session. The token stands in the payload's `authorization` or
    /// `headers.authorization`.
    ConnectionInit(Map<String, Value>),
    /// Starts an operation: the client's name for it, and a GraphQL request, passed on as it is.
    Subscribe(String, &'m str),
    /// Ends an operation.
    Complete(String),
    /// Asks for a sign of life.
    Ping,
    /// Gives one.
    Pong,
}

#[derive(Deserialize)]
struct Envelope<'m> {
    r#type: String,
    #[serde(default)]
    id: Option<String>,
    #[serde(borrow, default)]
    payload: Option<&'m RawValue>,
}

impl<'m> ClientMessage<'m> {
    /// Nothing when it is no message of the protocol.
    pub(crate) fn read(text: &'m str) -> Option<Self> {
        let envelope: Envelope<'m> = serde_json::from_str(text).ok()?;
        Some(
            match (envelope.r#type.as_str(), envelope.id, envelope.payload) {
                ("connection_init", None, None) => Self::ConnectionInit(Map::new()),
                ("connection_init", None, Some(payload)) => {
                    let given: Option<Map<String, Value>> =
                        serde_json::from_str(payload.get()).ok()?;
                    Self::ConnectionInit(given.unwrap_or_default())
                }
                ("subscribe", Some(id), Some(payload)) => Self::Subscribe(id, payload.get()),
                ("complete", Some(id), _) => Self::Complete(id),
                ("ping", _, _) => Self::Ping,
                ("pong", _, _) => Self::Pong,
                _ => return None,
            },
        )
    }
}

/// Why a connection is closed. Numbers below 4500 and the words are the protocol's.
pub(crate) enum Close {
    GoingAway,
    BadMessage,
    NotText,
    TooLarge,
    NotAcknowledged,
    /// The token is not, or no longer, valid: says which.
    Forbidden(&'static str),
    Subprotocol,
    HandshakeTimeout,
    Taken(String),
    InitialisedTwice,
}

impl Close {
    pub(crate) fn message(self) -> Message {
        let (code, words) = match self {
            Self::GoingAway => (CloseCode::Away, "GOING_AWAY".to_owned()),
            Self::BadMessage => (4400.into(), "Invalid message".to_owned()),
            Self::NotText => (CloseCode::Invalid, "messages are UTF-8 text".to_owned()),
            Self::TooLarge => (CloseCode::Size, "TOO_LARGE".to_owned()),
            Self::NotAcknowledged => (4401.into(), "Unauthorized".to_owned()),
            Self::Forbidden(code) => (4403.into(), code.to_owned()),
            Self::Subprotocol => (4406.into(), "Subprotocol not acceptable".to_owned()),
            Self::HandshakeTimeout => (4408.into(), "Connection initialisation timeout".to_owned()),
            Self::Taken(id) => {
                // A close frame holds 125 bytes.
                let id: String = id.chars().take(20).collect();
                (4409.into(), format!("Subscriber for {id} already exists"))
            }
            Self::InitialisedTwice => (4429.into(), "Too many initialisation requests".to_owned()),
        };
        Message::Close(Some(CloseReason {
            code,
            description: Some(words),
        }))
    }
}

pub(crate) fn acknowledge() -> Message {
    Message::Text(ByteString::from_static(r#"{"type":"connection_ack"}"#))
}

pub(crate) fn pong() -> Message {
    Message::Text(ByteString::from_static(r#"{"type":"pong"}"#))
}

/// An operation's result; `json` is one JSON object.
pub(crate) fn next(id: &str, json: &[u8]) -> Message {
    with_payload("next", id, json)
}

/// An operation that was refused or broken off; `json` is a list of GraphQL errors.
pub(crate) fn error(id: &str, json: &[u8]) -> Message {
    with_payload("error", id, json)
}

pub(crate) fn complete(id: &str) -> Message {
    let id = quoted(id);
    Message::Text(format!(r#"{{"id":{id},"type":"complete"}}"#).into())
}

fn with_payload(kind: &str, id: &str, json: &[u8]) -> Message {
    let id = quoted(id);
    let json = String::from_utf8_lossy(json);
    Message::Text(format!(r#"{{"id":{id},"type":"{kind}","payload":{json}}}"#).into())
}

fn quoted(id: &str) -> String {
    serde_json::Value::from(id).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(message: Message) -> serde_json::Value {
        let Message::Text(text) = message else {
            panic!("no text");
        };
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn messages_read_and_write() {
        let read = ClientMessage::read;
        let init = read(r#"{"type":"connection_init","payload":{"authorization":"Bearer x"}}"#);
        assert!(matches!(init, Some(ClientMessage::ConnectionInit(given)) if given.len() == 1));
        for bare in [
            r#"{"type":"connection_init"}"#,
            r#"{"type":"connection_init","payload":null}"#,
        ] {
            assert!(
                matches!(read(bare), Some(ClientMessage::ConnectionInit(given)) if given.is_empty())
            );
        }
        assert!(matches!(
            read(r#"{"type":"ping","payload":{}}"#),
            Some(ClientMessage::Ping)
        ));
        let Some(ClientMessage::Subscribe(id, request)) =
            read(r#"{"id":"1","type":"subscribe","payload":{"query":"{a}"}}"#)
        else {
            panic!("no subscribe");
        };
        assert_eq!((id.as_str(), request), ("1", r#"{"query":"{a}"}"#));
        for wrong in [
            r#"{"type":"start"}"#,
            r#"{"type":"subscribe","id":"1"}"#,
            "{}",
            "",
            "[]",
        ] {
            assert!(read(wrong).is_none(), "{wrong}");
        }
        let odd = "a\"b\\";
        assert_eq!(text(next(odd, b"{\"data\":1}"))["id"], odd);
        assert_eq!(text(complete(odd))["type"], "complete");
        assert_eq!(text(error("1", b"[]"))["payload"], serde_json::json!([]));
    }
}
