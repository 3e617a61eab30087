//! What is measured about Kafka.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use rdkafka::{
    ClientContext, Statistics, config::RDKafkaLogLevel, error::KafkaError as ClientError,
    error::RDKafkaErrorCode,
};
use telemetry::{Counters, Gauges, Histograms, MetricsError, Registry};

/// While no broker can be reached, this is said no more often.
const COMPLAIN_EVERY: Duration = Duration::from_secs(30);

/// The metrics of this process's Kafka clients. Clones share them.
#[derive(Clone)]
pub struct KafkaMetrics {
    pub(super) lag: Gauges<3>,
    pub(super) assigned: Gauges<1>,
    pub(super) paused: Gauges<1>,
    pub(super) rebalances: Counters<1>,
    pub(super) batch: Histograms<1>,
    pub(super) unreadable: Counters<2>,
    pub(super) retries: Counters<1>,
    pub(super) produced: Histograms<1>,
    pub(super) connection_errors: Counters<1>,
    pub(super) round_trip_us: Gauges<1>,
}

impl KafkaMetrics {
    /// Metrics in `registry`.
    pub fn new(registry: &Registry) -> Result<Self, MetricsError> {
        Ok(Self {
            lag: registry.gauges(
                "emporium_kafka_consumer_lag",
                "Events in a partition that its group has not handled yet; told by the process that holds the partition.",
                ["group", "topic", "partition"],
            )?,
            assigned: registry.gauges(
                "emporium_kafka_partitions_assigned",
                "Partitions that this process holds for a group.",
                ["group"],
            )?,
            paused: registry.gauges(
                "emporium_kafka_partitions_paused",
                "Partitions that are paused because their events wait in memory.",
                ["group"],
            )?,
            rebalances: registry.counters(
                "emporium_kafka_rebalances_total",
                "Times that partitions came or went.",
                ["group"],
            )?,
            batch: registry.histograms(
                "emporium_kafka_batch_events",
                "Events handed to a subgraph at once.",
                ["group"],
                &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0],
            )?,
            unreadable: registry.counters(
                "emporium_kafka_unreadable_total",
                "Messages that are no events of ours; they are kept as dead letters.",
                ["group", "topic"],
            )?,
            retries: registry.counters(
                "emporium_kafka_batch_retries_total",
                "Batches that a subgraph could not take, mostly because its database was away.",
                ["group"],
            )?,
            produced: registry.histograms(
                "emporium_kafka_produce_seconds",
                "Time to publish a batch until all of it is acknowledged, by outcome: published or failed.",
                ["outcome"],
                &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 10.0],
            )?,
            connection_errors: registry.counters(
                "emporium_kafka_connection_errors_total",
                "Errors of connections to brokers, by client.",
                ["client"],
            )?,
            round_trip_us: registry.gauges(
                "emporium_kafka_round_trip_microseconds",
                "The slowest broker's round trip, 99th percentile, by client.",
                ["client"],
            )?,
        })
    }
}

/// Hears what a client says of itself.
pub(super) struct Watch {
    pub(super) client: Arc<str>,
    pub(super) metrics: KafkaMetrics,
    complained: Mutex<Option<Instant>>,
}

impl Watch {
    pub(super) fn new(client: impl Into<Arc<str>>, metrics: &KafkaMetrics) -> Self {
        Self {
            client: client.into(),
            metrics: metrics.clone(),
            complained: Mutex::new(None),
        }
    }

    pub(super) fn measure(&self, statistics: &Statistics) {
        let slowest = statistics
            .brokers
            .values()
            .filter_map(|broker| broker.rtt.as_ref())
            .map(|window| window.p99)
            .max();
        if let Some(slowest) = slowest {
            self.metrics.round_trip_us.with([&self.client]).set(slowest);
        }
    }

    /// Sets the lag of each partition that is held; `prefix` is what topics' names begin with here.
    pub(super) fn lag(
        &self,
        statistics: &Statistics,
        held: &BTreeSet<(Arc<str>, i32)>,
        prefix: &str,
    ) {
        for (topic, partition) in held {
            let found = statistics.topics.get(topic.as_ref());
            let Some(found) = found.and_then(|found| found.partitions.get(partition)) else {
                continue;
            };
            let handled = found.stored_offset.max(found.committed_offset);
            let handled = if handled < 0 {
                found.lo_offset
            } else {
                handled
            };
            if found.hi_offset >= 0 && handled >= 0 {
                let lag = found.hi_offset.saturating_sub(handled).max(0);
                self.set_lag(topic, *partition, prefix, lag);
            }
        }
    }

    /// Sets the lag of one partition.
    pub(super) fn set_lag(&self, topic: &str, partition: i32, prefix: &str, lag: i64) {
        let topic = topic.strip_prefix(prefix).unwrap_or(topic);
        let labels = [&self.client, topic, &partition.to_string()];
        self.metrics.lag.with(labels).set(lag);
    }

    /// Whether it is time to say again that no broker is there.
    fn may_complain(&self) -> bool {
        let mut last = self
            .complained
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let may = last.is_none_or(|at| at.elapsed() >= COMPLAIN_EVERY);
        if may {
            *last = Some(Instant::now());
        }
        may
    }
}

impl ClientContext for Watch {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        // What matters comes as an error too; the rest would repeat itself each second while a broker is away.
        tracing::debug!(client = %self.client, level = ?level, facility, "{message}");
    }

    fn stats(&self, statistics: Statistics) {
        self.measure(&statistics);
    }

    fn error(&self, error: ClientError, reason: &str) {
        self.metrics.connection_errors.with([&self.client]).inc();
        let all_down = error.rdkafka_error_code() == Some(RDKafkaErrorCode::AllBrokersDown);
        if all_down && self.may_complain() {
            tracing::warn!(client = %self.client, error = %error, "no broker of kafka can be reached: {reason}");
        } else {
            tracing::debug!(client = %self.client, error = %error, "kafka: {reason}");
        }
    }
}
