//! Events as Kafka messages: the binary mode of CloudEvents 1.0
//! (<https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md>), readable by any client.

use std::{collections::HashMap, str::FromStr};

use events::Envelope;
use rdkafka::{
    Message,
    message::{Header, Headers, OwnedHeaders},
};
use uuid::Uuid;

/// The handler's name under which unreadable messages are dead letters.
const UNREADABLE: &str = "message.unreadable";

/// An event as a message.
pub(super) struct Encoded {
    pub(super) key: String,
    pub(super) headers: OwnedHeaders,
    pub(super) payload: Vec<u8>,
}

/// Writes an event. Its aggregate is the key, which order is kept for.
pub(super) fn encode(event: &Envelope) -> serde_json::Result<Encoded> {
    let key = event.aggregate_id.to_string();
    let (id, time, sequence) = (
        event.id.to_string(),
        event.time.to_string(),
        event.sequence.to_string(),
    );
    let mut headers = OwnedHeaders::new_with_capacity(10);
    for (name, value) in [
        ("content-type", "application/json"),
        ("ce_specversion", "1.0"),
        ("ce_id", &id),
        ("ce_type", &event.kind),
        ("ce_source", &event.topic),
        ("ce_subject", &key),
        ("ce_time", &time),
        ("ce_sequence", &sequence),
    ] {
        headers = add(headers, name, value);
    }
    if let Some(traceparent) = &event.traceparent {
        // As CloudEvents' extension, and as the header that tracing libraries look for.
        headers = add(headers, "ce_traceparent", traceparent);
        headers = add(headers, "traceparent", traceparent);
    }
    Ok(Encoded {
        key,
        headers,
        payload: serde_json::to_vec(&event.data)?,
    })
}

fn add(headers: OwnedHeaders, key: &str, value: &str) -> OwnedHeaders {
    headers.insert(Header {
        key,
        value: Some(value),
    })
}

/// Reads an event; the error says what is wrong with the message.
pub(super) fn decode(message: &impl Message) -> Result<Envelope, String> {
    let mut found: HashMap<&str, &str> = HashMap::new();
    for header in message.headers().iter().flat_map(|headers| headers.iter()) {
        let value = header
            .value
            .and_then(|value| std::str::from_utf8(value).ok());
        found.extend(value.map(|value| (header.key, value)));
    }
    let text = |name: &str| {
        found
            .get(name)
            .copied()
            .ok_or_else(|| format!("the header {name} is missing"))
    };
    if text("ce_specversion")? != "1.0" {
        return Err("the header ce_specversion is not 1.0".to_owned());
    }
    let traceparent = found
        .get("ce_traceparent")
        .or_else(|| found.get("traceparent"));
    let payload = message.payload().ok_or("there is no data")?;
    Ok(Envelope {
        id: parse("ce_id", text("ce_id")?)?,
        kind: text("ce_type")?.to_owned(),
        topic: text("ce_source")?.to_owned(),
        aggregate_id: parse("ce_subject", text("ce_subject")?)?,
        sequence: parse("ce_sequence", text("ce_sequence")?)?,
        time: parse("ce_time", text("ce_time")?)?,
        traceparent: traceparent.map(|&value| value.to_owned()),
        data: serde_json::from_slice(payload)
            .map_err(|error| format!("the data is no JSON: {error}"))?,
    })
}

fn parse<T: FromStr>(name: &str, text: &str) -> Result<T, String> {
    text.parse()
        .map_err(|_| format!("the header {name} cannot be read: {text:?}"))
}

/// A message that is no event, in an envelope of its own: whoever looks at dead letters finds it as it came.
pub(super) fn letter(topic: &str, message: &impl Message) -> Envelope {
    let show =
        |bytes: Option<&[u8]>| bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    let headers: Vec<_> = message
        .headers()
        .iter()
        .flat_map(|headers| headers.iter())
        .map(|header| (header.key.to_owned(), show(header.value)))
        .collect();
    let (partition, offset) = (message.partition(), message.offset());
    let id = place(topic, partition, offset);
    Envelope {
        id,
        kind: UNREADABLE.to_owned(),
        topic: topic.to_owned(),
        aggregate_id: id,
        sequence: offset,
        time: clock::Timestamp::from_millis(message.timestamp().to_millis().unwrap_or(0)),
        traceparent: None,
        data: serde_json::json!({
            "partition": partition,
            "offset": offset,
            "key": show(message.key()),
            "headers": headers,
            "payload": show(message.payload()),
        }),
    }
}

/// An id for a place in a topic, the same each time that the message there is read. It looks like no id that `clock` gives:
/// its version is 8, free form (RFC 9562).
fn place(topic: &str, partition: i32, offset: i64) -> Uuid {
    // FNV-1a: the same in every version of the shop.
    let name = topic.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&name.to_be_bytes());
    bytes[4..8].copy_from_slice(&partition.to_be_bytes());
    bytes[8..].copy_from_slice(&offset.to_be_bytes());
    bytes[6] = 0x80 | (bytes[6] & 0x0f);
    bytes[8] = 0x80 | (bytes[8] & 0x3f);
    Uuid::from_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use rdkafka::{Timestamp, message::OwnedMessage};

    use super::*;

    fn message(payload: &[u8], headers: Option<OwnedHeaders>) -> OwnedMessage {
        OwnedMessage::new(
            Some(payload.to_vec()),
            None,
            "orders.orders".to_owned(),
            Timestamp::CreateTime(5),
            3,
            42,
            headers,
        )
    }

    fn event() -> Envelope {
        Envelope {
            id: Uuid::from_bytes([7; 16]),
            kind: "order.placed.v1".to_owned(),
            topic: "orders.orders".to_owned(),
            aggregate_id: Uuid::from_bytes([9; 16]),
            sequence: 4,
            time: "2026-05-01T12:30:00.000Z".parse().unwrap(),
            traceparent: Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned()),
            data: serde_json::json!({"total": 1_999}),
        }
    }

    #[test]
    fn an_event_reads_back_as_written() {
        for event in [
            event(),
            Envelope {
                traceparent: None,
                ..event()
            },
        ] {
            let encoded = encode(&event).unwrap();
            let message = message(&encoded.payload, Some(encoded.headers));
            assert_eq!(decode(&message).unwrap(), event);
        }
    }

    #[test]
    fn what_is_no_event_is_refused_with_the_reason_and_kept_as_it_came() {
        let strange = message(b"\xffhello", None);
        assert_eq!(
            decode(&strange).unwrap_err(),
            "the header ce_specversion is missing"
        );
        let letter = letter("orders.orders", &strange);
        assert_eq!(letter.data["payload"], "\u{fffd}hello");
        assert_eq!((letter.sequence, letter.id), (42, letter.aggregate_id));
        assert_ne!(letter.id, place("orders.orders", 4, 42));

        let headers = encode(&event()).unwrap().headers;
        let broken = decode(&message(b"{", Some(headers.clone()))).unwrap_err();
        assert!(broken.starts_with("the data is no JSON"), "{broken}");
        let mut other = OwnedHeaders::new();
        for header in headers.iter().filter(|header| header.key != "ce_id") {
            other = other.insert(header);
        }
        let broken = decode(&message(b"{}", Some(add(other, "ce_id", "7")))).unwrap_err();
        assert!(broken.contains("ce_id"), "{broken}");
    }
}
