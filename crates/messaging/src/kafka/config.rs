//! What can be set about Kafka.

use std::{fmt, time::Duration};

use rdkafka::ClientConfig;
use serde::Deserialize;

use super::KafkaError;

/// The defaults of the section `kafka`, each key with its comment.
pub const KAFKA_DEFAULTS: &str = include_str!("../../kafka.default.toml");

/// How to log in at a broker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum SaslMechanism {
    /// Not at all.
    #[default]
    #[serde(rename = "")]
    None,
    /// The password itself, which only TLS hides.
    #[serde(rename = "PLAIN")]
    Plain,
    /// RFC 7677.
    #[serde(rename = "SCRAM-SHA-256")]
    ScramSha256,
    /// The same with SHA-512.
    #[serde(rename = "SCRAM-SHA-512")]
    ScramSha512,
}

/// How batches are compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Compression {
    /// Small, for little work.
    #[default]
    Zstd,
    /// Less small, for even less.
    Lz4,
    /// Not at all.
    None,
}

/// A password, which is never printed.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Password(String);

impl From<&str> for Password {
    fn from(password: &str) -> Self {
        Self(password.to_owned())
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// How to reach Kafka, what its topics are like, and how events are published and taken. `kafka.default.toml` explains
/// every key.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KafkaConfig {
    /// `host:port` of brokers, with commas between; empty: no Kafka.
    pub brokers: String,
    /// Whether connections are encrypted.
    pub tls: bool,
    /// Authorities that may sign the broker's certificate, a PEM file; empty: the system's.
    pub ca_file: String,
    /// How to log in.
    pub sasl_mechanism: SaslMechanism,
    /// Who logs in.
    pub username: String,
    /// With which password.
    pub password: Password,
    /// What names of topics begin with.
    pub topic_prefix: String,
    /// What names of consumer groups begin with.
    pub group_prefix: String,
    /// Partitions of each topic.
    pub partitions: i32,
    /// Copies of each partition.
    pub replication: i32,
    /// Copies that must be in step before an event counts as published.
    pub min_insync_replicas: u32,
    /// How long an event stays in its topic, in hours.
    pub retention_hours: u32,
    /// The largest event, in bytes.
    pub message_max_bytes: u32,
    /// How long a batch waits for more events, in milliseconds.
    pub linger_ms: u64,
    /// How batches are compressed.
    pub compression: Compression,
    /// How long a publication may take until all of it is tried again, in milliseconds.
    pub publish_timeout_ms: u64,
    /// Events taken at once, at most.
    pub batch_events: u32,
    /// Batches taken at the same time.
    pub workers: u32,
    /// Events of a partition that wait in memory before it is paused.
    pub queue_events: u32,
    /// Kilobytes of a partition's events that wait in memory before it is paused.
    pub queue_kilobytes: u32,
    /// How often offsets are committed, in milliseconds.
    pub commit_interval_ms: u64,
    /// How long a revoked partition waits for its batch at hand, in milliseconds.
    pub revoke_timeout_ms: u64,
    /// After how long a silent process loses its partitions on the classic protocol, in milliseconds.
    pub session_timeout_ms: u64,
    /// How often new partitions are looked for, in milliseconds.
    pub refresh_ms: u64,
    /// How often lag and latency are measured, in milliseconds.
    pub statistics_ms: u64,
}

impl Default for KafkaConfig {
    fn default() -> Self {
        Self {
            brokers: String::new(),
            tls: false,
            ca_file: String::new(),
            sasl_mechanism: SaslMechanism::None,
            username: String::new(),
            password: Password::default(),
            topic_prefix: String::new(),
            group_prefix: "emporium.".to_owned(),
            partitions: 12,
            replication: 1,
            min_insync_replicas: 1,
            retention_hours: 168,
            message_max_bytes: 4 * 1024 * 1024,
            linger_ms: 2,
            compression: Compression::Zstd,
            publish_timeout_ms: 10_000,
            batch_events: 512,
            workers: 4,
            queue_events: 1_000,
            queue_kilobytes: 512,
            commit_interval_ms: 500,
            revoke_timeout_ms: 10_000,
            session_timeout_ms: 10_000,
            refresh_ms: 10_000,
            statistics_ms: 5_000,
        }
    }
}

impl KafkaConfig {
    /// Whether events go through Kafka.
    pub fn is_set(&self) -> bool {
        !self.brokers.is_empty()
    }

    /// Refuses settings that contradict one another; the text says the mend.
    pub fn check(&self) -> Result<(), KafkaError> {
        let logs_in = self.sasl_mechanism != SaslMechanism::None;
        let named = !self.username.is_empty() && self.password != Password::default();
        let refusals = [
            (
                logs_in && !named,
                "`sasl_mechanism` needs `username` and `password`: set both",
            ),
            (
                !logs_in && !self.username.is_empty(),
                "`username` is set without `sasl_mechanism`: name one",
            ),
            (
                self.sasl_mechanism == SaslMechanism::Plain && !self.tls,
                "`sasl_mechanism = \"PLAIN\"` would send the password in the clear: set `tls = true` or use SCRAM",
            ),
            (
                !self.ca_file.is_empty() && !self.tls,
                "`ca_file` is set without `tls`: set `tls = true`",
            ),
            (
                self.partitions < 1 || self.replication < 1,
                "`partitions` and `replication` must be at least 1",
            ),
            (
                i64::from(self.min_insync_replicas) > i64::from(self.replication),
                "`min_insync_replicas` must not be above `replication`: nothing could be published",
            ),
            (
                self.publish_timeout_ms < 1_000,
                "`publish_timeout_ms` must be at least 1000",
            ),
        ];
        match refusals.iter().find(|(broken, _)| *broken) {
            Some((_, mend)) => Err(KafkaError::setting(*mend)),
            None => Ok(()),
        }
    }

    /// The name of a topic in this cluster.
    pub fn topic(&self, topic: &str) -> String {
        format!("{}{topic}", self.topic_prefix)
    }

    /// The name of a consumer group in this cluster.
    pub fn group(&self, group: &str) -> String {
        format!("{}{group}", self.group_prefix)
    }

    /// How every client reaches the cluster.
    pub(super) fn client(&self) -> ClientConfig {
        let mut client = ClientConfig::new();
        let protocol = match (self.tls, self.sasl_mechanism) {
            (false, SaslMechanism::None) => "plaintext",
            (true, SaslMechanism::None) => "ssl",
            (false, _) => "sasl_plaintext",
            (true, _) => "sasl_ssl",
        };
        client
            .set("bootstrap.servers", &self.brokers)
            .set("client.id", "emporium")
            .set("security.protocol", protocol)
            .set("allow.auto.create.topics", "false")
            .set("socket.keepalive.enable", "true")
            .set("socket.nagle.disable", "true")
            .set("socket.timeout.ms", "10000")
            .set("socket.connection.setup.timeout.ms", "5000")
            // A broker that is back is used again within a second.
            .set("reconnect.backoff.ms", "50")
            .set("reconnect.backoff.max.ms", "1000")
            .set("retry.backoff.ms", "50")
            .set("retry.backoff.max.ms", "500")
            .set(
                "topic.metadata.refresh.interval.ms",
                self.refresh_ms.to_string(),
            )
            .set("statistics.interval.ms", self.statistics_ms.to_string());
        if self.tls && !self.ca_file.is_empty() {
            client.set("ssl.ca.location", &self.ca_file);
        }
        let mechanism = match self.sasl_mechanism {
            SaslMechanism::None => return client,
            SaslMechanism::Plain => "PLAIN",
            SaslMechanism::ScramSha256 => "SCRAM-SHA-256",
            SaslMechanism::ScramSha512 => "SCRAM-SHA-512",
        };
        client
            .set("sasl.mechanisms", mechanism)
            .set("sasl.username", &self.username)
            .set("sasl.password", &self.password.0);
        client
    }

    /// How events are published: once, in order, on all copies in step, in batches.
    pub(super) fn producer(&self) -> ClientConfig {
        let compression = match self.compression {
            Compression::Zstd => "zstd",
            Compression::Lz4 => "lz4",
            Compression::None => "none",
        };
        let mut client = self.client();
        client
            .set("acks", "all")
            .set("enable.idempotence", "true")
            // An event that fails for good stops those behind it; and none gives up by itself while others go on.
            .set("enable.gapless.guarantee", "true")
            .set("message.timeout.ms", "0")
            .set("partitioner", "murmur2_random")
            .set("linger.ms", self.linger_ms.to_string())
            .set("compression.type", compression)
            .set("message.max.bytes", self.message_max_bytes.to_string())
            .set("queue.buffering.max.kbytes", "65536");
        client
    }

    /// How events are fetched, by groups and listeners alike.
    pub(super) fn consumer(&self, group: &str) -> ClientConfig {
        let mut client = self.client();
        client
            .set("group.id", group)
            .set("enable.auto.offset.store", "false")
            .set("enable.partition.eof", "false")
            .set("fetch.wait.max.ms", "100")
            .set("fetch.error.backoff.ms", "100")
            // By default a full queue stops fetching for a second.
            .set("fetch.queue.backoff.ms", "10")
            .set(
                "fetch.message.max.bytes",
                self.message_max_bytes.to_string(),
            )
            .set("queued.min.messages", self.queue_events.max(1).to_string())
            // Of all partitions together, before they are sorted into their queues.
            .set("queued.max.messages.kbytes", "8192")
            .set(
                "fetch.max.bytes",
                self.message_max_bytes.max(8 * 1024 * 1024).to_string(),
            );
        client
    }

    pub(super) fn commit_interval(&self) -> Duration {
        Duration::from_millis(self.commit_interval_ms.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_says_what_the_code_does() {
        let documented: KafkaConfig = toml::from_str(KAFKA_DEFAULTS).unwrap();
        assert_eq!(documented, KafkaConfig::default());
        documented.check().unwrap();
    }

    #[test]
    fn contradictions_are_refused_and_passwords_are_not_printed() {
        let config: KafkaConfig = toml::from_str(
            "brokers = \"b:1\"\nsasl_mechanism = \"PLAIN\"\nusername = \"shop\"\npassword = \"hunter2\"",
        )
        .unwrap();
        assert!(
            config
                .check()
                .unwrap_err()
                .to_string()
                .contains("in the clear")
        );
        assert!(!format!("{config:?}").contains("hunter2"));
        let config = KafkaConfig {
            sasl_mechanism: SaslMechanism::ScramSha512,
            ..KafkaConfig::default()
        };
        assert!(config.check().unwrap_err().to_string().contains("set both"));
        assert!(toml::from_str::<KafkaConfig>("sasl_mechanism = \"GSSAPI\"").is_err());
    }
}
