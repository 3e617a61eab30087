//! What is measured of every subgraph.

use database::Database;
use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, IntGaugeVec, Opts, Registry};

/// Operations and databases of all subgraphs of a process, told apart by the label `subgraph`.
pub struct Metrics {
    pub(crate) operations: IntCounterVec,
    pub(crate) seconds: HistogramVec,
    pub(crate) streams: IntGaugeVec,
    connections: IntGaugeVec,
    statements: IntGaugeVec,
}

impl Metrics {
    /// Registers the metrics that the subgraphs of a process share; once a process.
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        Ok(Self {
            operations: register(
                registry,
                IntCounterVec::new(
                    Opts::new(
                        "emporium_subgraph_operations_total",
                        "Operations a subgraph answered, by outcome.",
                    ),
                    &["subgraph", "outcome"],
                )?,
            )?,
            seconds: register(
                registry,
                HistogramVec::new(
                    HistogramOpts::new(
                        "emporium_subgraph_operation_seconds",
                        "Time a subgraph took for an operation.",
                    )
                    .buckets(vec![
                        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0,
                    ]),
                    &["subgraph"],
                )?,
            )?,
            streams: register(
                registry,
                IntGaugeVec::new(
                    Opts::new(
                        "emporium_subscriptions",
                        "Subscriptions that are open at a subgraph.",
                    ),
                    &["subgraph"],
                )?,
            )?,
            connections: register(
                registry,
                IntGaugeVec::new(
                    Opts::new(
                        "emporium_database_connections",
                        "Connections of a database pool.",
                    ),
                    &["subgraph", "pool", "state"],
                )?,
            )?,
            statements: register(
                registry,
                IntGaugeVec::new(
                    Opts::new(
                        "emporium_database_work",
                        "Statements and committed write transactions since start.",
                    ),
                    &["subgraph", "kind"],
                )?,
            )?,
        })
    }

    /// Reads the database's own counters into the gauges.
    pub(crate) fn observe(&self, subgraph: &str, database: &Database) {
        for (pool, (busy, open)) in ["reader", "writer"].into_iter().zip(database.pools()) {
            self.connections
                .with_label_values(&[subgraph, pool, "busy"])
                .set(i64::from(busy));
            self.connections
                .with_label_values(&[subgraph, pool, "open"])
                .set(i64::from(open));
        }
        let stats = database.stats();
        for (kind, count) in [
            ("statements", stats.statements),
            ("transactions", stats.transactions),
        ] {
            self.statements
                .with_label_values(&[subgraph, kind])
                .set(i64::try_from(count).unwrap_or(i64::MAX));
        }
    }
}

fn register<M: prometheus::core::Collector + Clone + 'static>(
    registry: &Registry,
    metric: M,
) -> Result<M, prometheus::Error> {
    registry.register(Box::new(metric.clone()))?;
    Ok(metric)
}
