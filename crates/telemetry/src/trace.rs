//! The trace at hand, and how it is handed on.

use std::{fmt, future::Future};

use opentelemetry::{
    Context,
    trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState},
};
use opentelemetry_sdk::trace::{IdGenerator, RandomIdGenerator};
use tracing::{Instrument, Span};
use tracing_opentelemetry::OpenTelemetrySpanExt;

tokio::task_local! {
    static CURRENT: TraceContext;
}

/// A place in a trace: what the W3C header `traceparent` says
/// (<https://www.w3.org/TR/trace-context/#traceparent-header>). `Display` writes that header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceContext {
    trace_id: TraceId,
    span_id: SpanId,
    sampled: bool,
}

impl TraceContext {
    /// Reads a `traceparent`; `None` when it is malformed, as the standard asks: then a new trace starts.
    pub fn parse(header: &str) -> Option<Self> {
        let mut parts = header.trim().split('-');
        let (version, trace, span, flags) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let lower_hex = |text: &str, length: usize| {
            text.len() == length
                && text
                    .bytes()
                    .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        };
        let well_formed = lower_hex(version, 2)
            && version != "ff"
            && (version != "00" || parts.next().is_none())
            && lower_hex(trace, 32)
            && lower_hex(span, 16)
            && lower_hex(flags, 2);
        if !well_formed {
            return None;
        }
        let context = Self {
            trace_id: TraceId::from_hex(trace).ok()?,
            span_id: SpanId::from_hex(span).ok()?,
            sampled: u8::from_str_radix(flags, 16).ok()? & 1 == 1,
        };
        (context.trace_id != TraceId::INVALID && context.span_id != SpanId::INVALID)
            .then_some(context)
    }

    /// The trace's id: 32 lower-case hexadecimal digits.
    pub fn trace_id(&self) -> String {
        self.trace_id.to_string()
    }

    /// The start of a new trace, not sampled: ids for the logs when no exporter gives any.
    fn root() -> Self {
        let ids = RandomIdGenerator::default();
        Self {
            trace_id: ids.new_trace_id(),
            span_id: ids.new_span_id(),
            sampled: false,
        }
    }
}

impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "00-{}-{}-{:02x}",
            self.trace_id,
            self.span_id,
            u8::from(self.sampled)
        )
    }
}

/// The trace of the current span or, when no exporter runs, of the enclosing [`follow`].
pub fn current() -> Option<TraceContext> {
    let span = Span::current();
    if !span.is_none() {
        let context = span.context();
        let found = context.span().span_context().clone();
        if found.is_valid() {
            return Some(TraceContext {
                trace_id: found.trace_id(),
                span_id: found.span_id(),
                sampled: found.is_sampled(),
            });
        }
    }
    CURRENT.try_with(|current| *current).ok()
}

/// [`current`] as the value of a `traceparent` header.
pub fn traceparent() -> Option<String> {
    current().map(|context| context.to_string())
}

/// Runs `future` inside `span`, as a part of the trace of `parent`: the caller's, as its `traceparent` tells it. Without a
/// parent it is a part of the trace at hand, or else starts one.
pub async fn follow<F: Future>(parent: Option<TraceContext>, span: Span, future: F) -> F::Output {
    if let Some(parent) = parent
        && !span.is_none()
    {
        let remote = SpanContext::new(
            parent.trace_id,
            parent.span_id,
            if parent.sampled {
                TraceFlags::SAMPLED
            } else {
                TraceFlags::NOT_SAMPLED
            },
            true,
            TraceState::NONE,
        );
        // It fails only where no exporter listens; the task's own context serves there.
        let _ = span.set_parent(Context::new().with_remote_span_context(remote));
    }
    let context = parent.or_else(current).unwrap_or_else(TraceContext::root);
    CURRENT.scope(context, future.instrument(span)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_traceparent_reads_back_as_written() {
        let context = TraceContext::parse(HEADER).unwrap();
        assert_eq!(context.to_string(), HEADER);
        assert_eq!(context.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
    }

    #[test]
    fn malformed_traceparents_are_ignored() {
        for header in [
            "",
            "00",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-4bf92f3577b34da6-00f067aa0ba902b7-01",
            "00-é-00f067aa0ba902b7-01",
        ] {
            assert_eq!(TraceContext::parse(header), None, "{header}");
        }
        let later = "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more";
        assert!(
            TraceContext::parse(later).is_some(),
            "later versions may add fields"
        );
    }

    #[tokio::test]
    async fn the_trace_is_followed_without_an_exporter() {
        assert_eq!(traceparent(), None);
        let parent = TraceContext::parse(HEADER);
        follow(parent, Span::none(), async {
            assert_eq!(traceparent().as_deref(), Some(HEADER));
            let inner = follow(None, Span::none(), async { traceparent() }).await;
            assert_eq!(inner.as_deref(), Some(HEADER));
        })
        .await;
        let fresh = follow(None, Span::none(), async { current() }).await;
        assert!(fresh.is_some_and(|context| Some(context) != parent));
    }
}
