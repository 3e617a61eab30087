//! What products counts.

use prometheus::{IntCounterVec, IntGauge, Opts, Registry};
use serving::StartError;

/// The metrics of products.
#[derive(Clone)]
pub(crate) struct Metrics {
    /// Reservations by what became of them.
    pub reservations: IntCounterVec,
    /// Changes of the catalogue that search has not taken in.
    pub search_behind: IntGauge,
    /// The number of the last change that search has taken in.
    pub search_watermark: IntGauge,
    /// For how long search has not been up to the catalogue, in seconds.
    pub search_stale: IntGauge,
}

impl Metrics {
    pub(crate) fn register(registry: &Registry) -> Result<Self, StartError> {
        let build = || -> prometheus::Result<Self> {
            let reservations = IntCounterVec::new(
                Opts::new(
                    "emporium_reservations_total",
                    "Reservations of stock by what became of them.",
                ),
                &["outcome"],
            )?;
            let search_behind = IntGauge::new(
                "emporium_search_behind",
                "Changes of the catalogue that the search index has not taken in.",
            )?;
            let search_watermark = IntGauge::new(
                "emporium_search_watermark",
                "The number of the last change of the catalogue that the search index has taken in.",
            )?;
            let search_stale = IntGauge::new(
                "emporium_search_stale_seconds",
                "For how long the search index has not been up to the catalogue.",
            )?;
            registry.register(Box::new(reservations.clone()))?;
            for gauge in [&search_behind, &search_watermark, &search_stale] {
                registry.register(Box::new(gauge.clone()))?;
            }
            Ok(Self {
                reservations,
                search_behind,
                search_watermark,
                search_stale,
            })
        };
        build().map_err(|error| {
            StartError::other("the metrics of products cannot be registered", error)
        })
    }
}
