//! With an exporter, spans join the caller's trace. Alone in its process, as `init` is.

use telemetry::{LogFormat, TelemetryConfig, TelemetryError, TraceContext, trace};

const HEADER: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

#[tokio::test]
async fn spans_join_the_trace_of_the_caller() {
    let config = TelemetryConfig {
        format: LogFormat::Json,
        // Nobody is there: traces are lost, nothing else is.
        otlp_endpoint: "http://127.0.0.1:9".to_owned(),
        otlp_filter: "debug".to_owned(),
        ..TelemetryConfig::default()
    };
    let wrong = TelemetryConfig {
        sample_ratio: 7.0,
        ..config.clone()
    };
    assert!(matches!(
        telemetry::init(&wrong),
        Err(TelemetryError::Ratio(_))
    ));
    let running = telemetry::init(&config).unwrap();
    assert!(matches!(
        telemetry::init(&config),
        Err(TelemetryError::Taken(_))
    ));

    let parent = TraceContext::parse(HEADER);
    let inner = trace::follow(parent, tracing::debug_span!("outer"), async {
        let outer = trace::current().unwrap();
        assert_eq!(Some(outer.trace_id()), parent.map(|p| p.trace_id()));
        assert_ne!(Some(outer), parent, "the span has an id of its own");
        trace::follow(None, tracing::debug_span!("inner"), async {
            trace::current()
        })
        .await
    })
    .await
    .unwrap();
    assert_eq!(Some(inner.trace_id()), parent.map(|p| p.trace_id()));
    assert!(
        inner.to_string().ends_with("-01"),
        "the caller's decision is followed"
    );
    drop(running);
}
