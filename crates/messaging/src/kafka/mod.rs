//! Delivery through Kafka: a producer for the relays, groups for the receivers, a listener for what every process must
//! hear, and the topics.
//!
//! Never here: what an event means, and whether it was handled before; that is the receiver's.

mod cloud_events;
mod config;
mod error;
mod group;
mod intake;
mod listener;
mod metrics;
mod producer;
mod topics;
mod worker;

pub use config::{Compression, KAFKA_DEFAULTS, KafkaConfig, Password, SaslMechanism};
pub use error::KafkaError;
pub use group::Group;
pub use listener::{Listener, Ready};
pub use metrics::KafkaMetrics;
pub use producer::Producer;
pub use topics::{Change, Topic, Topics};
