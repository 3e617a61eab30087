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
            registry.register(Box::new(reservations.clone()))?;
            registry.register(Box::new(search_behind.clone()))?;
            Ok(Self {
                reservations,
                search_behind,
            })
        };
        build().map_err(|error| {
            StartError::other("the metrics of products cannot be registered", error)
        })
    }
}
