//! What every event travels in.

use clock::{Clock, Timestamp};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use uuid::Uuid;

/// A fact that a subgraph announces.
pub trait Event: Serialize + DeserializeOwned {
    /// Past tense and version, such as `order.placed.v1`.
    const TYPE: &'static str;
    /// Where it is published: `<subgraph>.<aggregate>`.
    const TOPIC: &'static str;
}

/// An event on its way. The fields are those of CloudEvents 1.0: `kind` is its `type`, `topic` its `source`,
/// `aggregate_id` its `subject`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// Tells this event from every other one; a repetition keeps it.
    pub id: Uuid,
    /// Which event it is, such as `order.placed.v1`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The topic it is published to, such as `orders.orders`.
    #[serde(rename = "source")]
    pub topic: String,
    /// What it happened to; the key that order is kept for.
    #[serde(rename = "subject")]
    pub aggregate_id: Uuid,
    /// The place among the events of its aggregate: 1, 2, 3 … without a gap.
    pub sequence: i64,
    /// When it was announced.
    pub time: Timestamp,
    /// The W3C trace context of the request that caused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// The event itself.
    pub data: serde_json::Value,
}

/// An event that could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// The envelope holds another type of event.
    #[error("expected an event of type {expected}, found {found}")]
    OtherType {
        /// The type that was asked for.
        expected: &'static str,
        /// The type in the envelope.
        found: String,
    },
    /// The data has not the form of its type.
    #[error("malformed data of {kind}: {source}")]
    Malformed {
        /// The type of the event.
        kind: &'static str,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

impl Envelope {
    /// Wraps `event`, the `sequence`th of its aggregate.
    pub fn of<E: Event>(
        clock: &Clock,
        aggregate_id: Uuid,
        sequence: i64,
        event: &E,
    ) -> Result<Self, EventError> {
        let data = serde_json::to_value(event).map_err(|source| EventError::Malformed {
            kind: E::TYPE,
            source,
        })?;
        Ok(Self {
            id: clock.id(),
            kind: E::TYPE.to_owned(),
            topic: E::TOPIC.to_owned(),
            aggregate_id,
            sequence,
            time: clock.now(),
            traceparent: None,
            data,
        })
    }

    /// The event inside, when it is an `E`.
    pub fn parse<E: Event>(&self) -> Result<E, EventError> {
        if self.kind != E::TYPE {
            return Err(EventError::OtherType {
                expected: E::TYPE,
                found: self.kind.clone(),
            });
        }
        E::deserialize(&self.data).map_err(|source| EventError::Malformed {
            kind: E::TYPE,
            source,
        })
    }
}

/// Declares event structs: type name, topic and fields in one place.
macro_rules! events {
    ($topic:literal: $($(#[$doc:meta])* $name:ident = $kind:literal { $($(#[$field_doc:meta])* $field:ident: $ty:ty,)* })*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
            pub struct $name { $($(#[$field_doc])* pub $field: $ty,)* }
            impl $crate::Event for $name {
                const TYPE: &'static str = $kind;
                const TOPIC: &'static str = $topic;
            }
        )*
    };
}
pub(crate) use events;
