//! The ids of spans: random, except for the span of a request, whose ids are known before it
//! begins.

use std::cell::Cell;

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_sdk::trace::{IdGenerator, RandomIdGenerator};

thread_local! {
    /// For the span that this thread begins now.
    static NEXT: Cell<(Option<TraceId>, Option<SpanId>)> = const { Cell::new((None, None)) };
}

#[derive(Debug, Default)]
pub(super) struct Ids(RandomIdGenerator);

/// The one span that is begun inside has these ids.
pub(super) fn with<T>(trace: TraceId, span: SpanId, begin: impl FnOnce() -> T) -> T {
    NEXT.set((Some(trace), Some(span)));
    let begun = begin();
    // A span with a parent needs no trace id: what is left must not go to another span.
    NEXT.set((None, None));
    begun
}

impl IdGenerator for Ids {
    fn new_trace_id(&self) -> TraceId {
        let (trace, span) = NEXT.take();
        NEXT.set((None, span));
        trace.unwrap_or_else(|| self.0.new_trace_id())
    }

    fn new_span_id(&self) -> SpanId {
        let (trace, span) = NEXT.take();
        NEXT.set((trace, None));
        span.unwrap_or_else(|| self.0.new_span_id())
    }
}
