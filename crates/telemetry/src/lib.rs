#![doc = include_str!("../README.md")]

pub mod trace;

mod config;
mod format;
mod registry;
mod subscriber;

pub use config::{DEFAULTS, LogFormat, TelemetryConfig};
pub use registry::{Counters, Family, Gauges, Histograms, Labelled, MetricsError, Registry};
pub use subscriber::{Telemetry, TelemetryError, init};
pub use trace::TraceContext;
