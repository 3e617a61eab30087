//! What is measured of the provider.

use std::time::Instant;

use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, Opts, Registry};

use super::port::GatewayError;

/// Calls to the provider, by what was called and how it went.
pub(super) struct Metrics {
    calls: IntCounterVec,
    seconds: HistogramVec,
}

impl Metrics {
    pub(super) fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let calls = IntCounterVec::new(
            Opts::new(
                "emporium_payment_provider_calls_total",
                "Calls to the payment provider, by outcome.",
            ),
            &["call", "outcome"],
        )?;
        let seconds = HistogramVec::new(
            HistogramOpts::new(
                "emporium_payment_provider_call_seconds",
                "Time of a call to the payment provider, retries included.",
            )
            .buckets(vec![
                0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
            ]),
            &["call"],
        )?;
        registry.register(Box::new(calls.clone()))?;
        registry.register(Box::new(seconds.clone()))?;
        Ok(Self { calls, seconds })
    }

    /// Counts a call.
    pub(super) async fn count<T>(
        &self,
        call: &'static str,
        made: impl Future<Output = Result<T, GatewayError>>,
    ) -> Result<T, GatewayError> {
        let began = Instant::now();
        let result = made.await;
        let outcome = match &result {
            Ok(_) => "ok",
            Err(GatewayError::Refused { .. }) => "refused",
            Err(GatewayError::Unavailable(_)) => "unavailable",
        };
        self.calls.with_label_values(&[call, outcome]).inc();
        self.seconds
            .with_label_values(&[call])
            .observe(began.elapsed().as_secs_f64());
        result
    }
}
