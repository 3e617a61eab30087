#![doc = include_str!("../README.md")]

mod config;
pub mod dead_letters;
mod handler;
mod held;
mod in_process;
mod inbox;
pub mod kafka;
mod lease;
mod metrics;
pub mod outbox;
mod receiver;
mod relay;
mod retry;
mod transport;

pub use config::{DEFAULTS, MessagingConfig};
pub use handler::{Handler, HandlerError};
pub use in_process::InProcess;
pub use kafka::{KAFKA_DEFAULTS, KafkaConfig, KafkaError, KafkaMetrics};
pub use metrics::Metrics;
pub use outbox::SHARDS;
pub use receiver::Receiver;
pub use relay::Relay;
pub use transport::{Subscriber, Transport, TransportError};
