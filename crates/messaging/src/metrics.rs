//! What is counted about delivery.

use telemetry::{Counters, Gauges, Histograms, MetricsError, Registry};

/// The metrics of one subgraph's delivery.
#[derive(Clone)]
pub struct Metrics {
    pub(crate) subgraph: &'static str,
    pub(crate) pending: Gauges<1>,
    pub(crate) oldest_ms: Gauges<1>,
    pub(crate) batches: Counters<2>,
    pub(crate) published: Counters<1>,
    pub(crate) handled: Counters<3>,
    pub(crate) held: Gauges<2>,
    pub(crate) latency: Histograms<2>,
}

impl Metrics {
    /// Metrics in `registry`, labelled with the subgraph's name.
    pub fn new(registry: &Registry, subgraph: &'static str) -> Result<Self, MetricsError> {
        Ok(Self {
            subgraph,
            pending: registry.gauges(
                "emporium_outbox_pending",
                "Events in the outbox that are not published yet.",
                ["subgraph"],
            )?,
            oldest_ms: registry.gauges(
                "emporium_outbox_oldest_milliseconds",
                "Age of the oldest event that is not published yet.",
                ["subgraph"],
            )?,
            batches: registry.counters(
                "emporium_outbox_batches_total",
                "Batches of events handed to the transport, by outcome: published or failed.",
                ["subgraph", "outcome"],
            )?,
            published: registry.counters(
                "emporium_outbox_published_total",
                "Events published.",
                ["subgraph"],
            )?,
            handled: registry.counters(
                "emporium_handler_results_total",
                "What became of received events, by handler and outcome: applied, duplicate, queued, retried or parked.",
                ["subgraph", "handler", "outcome"],
            )?,
            held: registry.gauges(
                "emporium_held_events",
                "Events held back, by state: waiting or parked.",
                ["subgraph", "state"],
            )?,
            latency: registry.histograms(
                "emporium_delivery_seconds",
                "Time from an event's announcement to the commit of its handler.",
                ["subgraph", "handler"],
                &[
                    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0, 300.0,
                ],
            )?,
        })
    }
}
