//! What can be set.

use serde::{Deserialize, Serialize};

/// The defaults of the section `telemetry`, each key with its comment.
pub const DEFAULTS: &str = include_str!("../config.default.toml");

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Text on a terminal, JSON otherwise.
    #[default]
    Auto,
    /// Readable lines.
    Text,
    /// One JSON object a line.
    Json,
}

/// What is logged and traced, and where traces go.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TelemetryConfig {
    /// Which messages are logged, in the syntax of `tracing`'s `EnvFilter`, such as `info,orders=debug`.
    pub filter: String,
    /// How log lines look.
    pub format: LogFormat,
    /// Where traces are sent by OTLP over gRPC, such as `http://localhost:4317`. Empty: nowhere.
    pub otlp_endpoint: String,
    /// Which spans are sent there, in the same syntax as `filter`.
    pub otlp_filter: String,
    /// How many of the traces that start here are kept: from 0 (none) to 1 (all).
    pub sample_ratio: f64,
    /// The name that traces are sent under.
    pub service_name: String,
}

impl Default for TelemetryConfig {
    fn default() -> Self {
        Self {
            filter: "warn,emporium=info,serving=info,messaging=info,users=info,products=info,orders=info,payments=info,router::graphql_validation=error,router::http_server=error"
                .to_owned(),
            format: LogFormat::Auto,
            otlp_endpoint: String::new(),
            otlp_filter: "info,serving=debug,router::door=debug,router::routes=debug,router::websocket=debug,messaging=debug,users=debug,products=debug,orders=debug,payments=debug".to_owned(),
            sample_ratio: 0.1,
            service_name: "emporium".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_says_what_the_code_does() {
        let documented: TelemetryConfig = toml::from_str(DEFAULTS).unwrap();
        assert_eq!(documented, TelemetryConfig::default());
    }
}
