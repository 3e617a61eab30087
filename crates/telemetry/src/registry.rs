//! Metrics by name, in a registry that is handed on, with a bound on their labels.

use std::{
    any::Any,
    collections::{HashMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use prometheus::{
    HistogramOpts, HistogramVec, IntCounterVec, IntGaugeVec, Opts, TextEncoder,
    core::{Collector, MetricVec, MetricVecBuilder},
};

/// How many label combinations a family keeps apart; what comes after is counted as `other`.
const COMBINATIONS: usize = 512;

/// A metric could not be made or written.
#[derive(Debug, thiserror::Error)]
pub enum MetricsError {
    /// Prometheus refused the name, the labels or the values.
    #[error("metric: {0}")]
    Prometheus(#[from] prometheus::Error),
    /// The name is taken by a metric of another kind.
    #[error("metric {0} exists already with another kind")]
    OtherKind(String),
}

/// All metrics of one process. Clones share them.
#[derive(Clone, Default)]
pub struct Registry {
    inner: prometheus::Registry,
    families: Arc<Mutex<HashMap<String, Box<dyn Any + Send + Sync>>>>,
}

impl Registry {
    /// An empty registry.
    pub fn new() -> Self {
        Self::default()
    }

    /// The registry inside, for collectors that others bring.
    pub fn prometheus(&self) -> &prometheus::Registry {
        &self.inner
    }

    /// Counters that only rise. Asked again by the same name, it gives the same ones.
    pub fn counters<const N: usize>(
        &self,
        name: &str,
        help: &str,
        labels: [&str; N],
    ) -> Result<Counters<N>, MetricsError> {
        self.family(name, || IntCounterVec::new(Opts::new(name, help), &labels))
    }

    /// Gauges: integers that rise and fall.
    pub fn gauges<const N: usize>(
        &self,
        name: &str,
        help: &str,
        labels: [&str; N],
    ) -> Result<Gauges<N>, MetricsError> {
        self.family(name, || IntGaugeVec::new(Opts::new(name, help), &labels))
    }

    /// Histograms with the given upper bounds (for durations: in seconds).
    pub fn histograms<const N: usize>(
        &self,
        name: &str,
        help: &str,
        labels: [&str; N],
        buckets: &[f64],
    ) -> Result<Histograms<N>, MetricsError> {
        self.family(name, || {
            let options = HistogramOpts::new(name, help).buckets(buckets.to_vec());
            HistogramVec::new(options, &labels)
        })
    }

    /// Everything in Prometheus' text format.
    pub fn render(&self) -> Result<String, MetricsError> {
        Ok(TextEncoder::new().encode_to_string(&self.inner.gather())?)
    }

    fn family<F: Family, const N: usize>(
        &self,
        name: &str,
        make: impl FnOnce() -> prometheus::Result<F>,
    ) -> Result<Labelled<F, N>, MetricsError> {
        let mut families = self.families.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = families.get(name) {
            return known
                .downcast_ref::<Labelled<F, N>>()
                .cloned()
                .ok_or_else(|| MetricsError::OtherKind(name.to_owned()));
        }
        let family = make()?;
        self.inner.register(Box::new(family.clone()))?;
        let labelled = Labelled {
            family,
            known: Arc::default(),
        };
        families.insert(name.to_owned(), Box::new(labelled.clone()));
        Ok(labelled)
    }
}

/// Counters by `N` labels.
pub type Counters<const N: usize> = Labelled<IntCounterVec, N>;
/// Gauges by `N` labels.
pub type Gauges<const N: usize> = Labelled<IntGaugeVec, N>;
/// Histograms by `N` labels.
pub type Histograms<const N: usize> = Labelled<HistogramVec, N>;

/// What Prometheus calls a vector of metrics: one metric for each combination of label values.
pub trait Family: Collector + Clone + 'static {
    /// One of its metrics.
    type Metric;
    /// The metric of these values, of which there are as many as labels.
    fn metric(&self, values: &[&str]) -> Self::Metric;
}

impl<B: MetricVecBuilder + 'static> Family for MetricVec<B> {
    type Metric = B::M;
    fn metric(&self, values: &[&str]) -> B::M {
        self.with_label_values(values)
    }
}

/// A family of metrics with a bounded number of label combinations. Clones share it.
#[derive(Clone)]
pub struct Labelled<F, const N: usize> {
    family: F,
    known: Arc<RwLock<HashSet<u64>>>,
}

impl<F: Family, const N: usize> Labelled<F, N> {
    /// The metric of these label values, in the order of the labels' names. Keep it where it is used often.
    pub fn with(&self, values: [&str; N]) -> F::Metric {
        if self.admits(values) {
            self.family.metric(&values)
        } else {
            self.family.metric(&["other"; N])
        }
    }

    fn admits(&self, values: [&str; N]) -> bool {
        let mut hasher = DefaultHasher::new();
        values.hash(&mut hasher);
        let key = hasher.finish();
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if known.contains(&key) {
            return true;
        }
        drop(known);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() < COMBINATIONS {
            known.insert(key);
        }
        known.contains(&key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_name_gives_the_same_counters() {
        let registry = Registry::new();
        let one = registry
            .counters("orders_total", "Orders.", ["outcome"])
            .unwrap();
        let two = registry
            .counters("orders_total", "Orders.", ["outcome"])
            .unwrap();
        one.with(["placed"]).inc();
        two.with(["placed"]).inc();
        assert!(
            registry
                .render()
                .unwrap()
                .contains("orders_total{outcome=\"placed\"} 2")
        );
        assert!(matches!(
            registry.gauges("orders_total", "Orders.", ["outcome"]),
            Err(MetricsError::OtherKind(_))
        ));
    }

    #[test]
    fn label_values_are_bounded() {
        let registry = Registry::new();
        let counters = registry
            .counters("clicks_total", "Clicks.", ["who"])
            .unwrap();
        for who in 0..COMBINATIONS + 10 {
            counters.with([&who.to_string()]).inc();
        }
        let text = registry.render().unwrap();
        assert!(text.contains("clicks_total{who=\"other\"} 10"));
    }
}
