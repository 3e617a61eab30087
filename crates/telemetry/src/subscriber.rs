//! The process's one tracing subscriber.

use std::io::{self, IsTerminal};

use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::{
    Resource,
    trace::{Sampler, SdkTracerProvider},
};
use tracing_subscriber::{
    EnvFilter, Layer, Registry,
    filter::ParseError,
    fmt::{self, format::Format},
    layer::SubscriberExt,
    util::{SubscriberInitExt, TryInitError},
};

use crate::{LogFormat, TelemetryConfig, format::Traced};

/// Telemetry could not start.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// `filter` or `otlp_filter` cannot be read.
    #[error("telemetry.{key}: {source}; write it like `info,orders=debug`")]
    Filter {
        /// Which of the two.
        key: &'static str,
        /// What is wrong with it.
        source: ParseError,
    },
    /// `sample_ratio` is no fraction.
    #[error("telemetry.sample_ratio is {0}; it must lie between 0 and 1")]
    Ratio(f64),
    /// The exporter of traces cannot be made from `otlp_endpoint`.
    #[error("telemetry.otlp_endpoint: {0}")]
    Exporter(#[from] opentelemetry_otlp::ExporterBuildError),
    /// Another subscriber is in place.
    #[error("a tracing subscriber is already set: {0}")]
    Taken(#[from] TryInitError),
}

/// Keeps the exporter of traces; [`Telemetry::shutdown`] sends what it still holds.
#[must_use = "traces that were not sent yet are lost without a call of shutdown"]
#[derive(Debug, Default)]
pub struct Telemetry(Option<SdkTracerProvider>);

impl Telemetry {
    /// Sends the last traces. Blocks for at most a few seconds: call it when all else has ended.
    pub fn shutdown(self) {
        if let Some(provider) = self.0
            && let Err(error) = provider.shutdown()
        {
            tracing::warn!(error = %error, "could not send the last traces");
        }
    }
}

/// Installs the subscriber. To be called once, early, inside the tokio runtime (the exporter of traces needs it).
pub fn init(config: &TelemetryConfig) -> Result<Telemetry, TelemetryError> {
    let filter = |key, directive: &str| {
        EnvFilter::builder()
            .parse(directive)
            .map_err(|source| TelemetryError::Filter { key, source })
    };
    let json = match config.format {
        LogFormat::Auto => !io::stderr().is_terminal(),
        LogFormat::Text => false,
        LogFormat::Json => true,
    };
    let logs: Box<dyn Layer<Registry> + Send + Sync> = if json {
        let format = Format::default()
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .with_span_list(false);
        fmt::layer()
            .json()
            .event_format(Traced(format))
            .with_writer(io::stderr)
            .with_filter(filter("filter", &config.filter)?)
            .boxed()
    } else {
        fmt::layer()
            .compact()
            .with_writer(io::stderr)
            .with_filter(filter("filter", &config.filter)?)
            .boxed()
    };
    let provider = exporter(config)?;
    let traces = match &provider {
        Some(provider) => Some(
            tracing_opentelemetry::layer()
                .with_tracer(provider.tracer("emporium"))
                .with_filter(filter("otlp_filter", &config.otlp_filter)?),
        ),
        None => None,
    };
    tracing_subscriber::registry()
        .with(logs)
        .with(traces)
        .try_init()?;
    Ok(Telemetry(provider))
}

fn exporter(config: &TelemetryConfig) -> Result<Option<SdkTracerProvider>, TelemetryError> {
    if !(0.0..=1.0).contains(&config.sample_ratio) {
        return Err(TelemetryError::Ratio(config.sample_ratio));
    }
    if config.otlp_endpoint.is_empty() {
        return Ok(None);
    }
    let exporter = SpanExporter::builder()
        .with_tonic()
        .with_endpoint(&config.otlp_endpoint)
        .build()?;
    let resource = Resource::builder()
        .with_service_name(config.service_name.clone())
        .build();
    Ok(Some(
        SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_sampler(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(
                config.sample_ratio,
            ))))
            .with_resource(resource)
            .build(),
    ))
}
