//! The place of a request in its trace: `traceparent` (W3C Trace Context, section 3.2) in and out.
//!
//! A header from outside is used if it has the right form, and otherwise ignored. A trace that
//! begins here has the id of its request, so that one id is enough to find both.

use std::future::Future;

use booking::{Chance as _, SystemChance};
use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::Context;
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState,
};

pub(crate) const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// The whole header in version 00; later versions may have more after a dash.
const TRACEPARENT_BYTES: usize = 55;
const SAMPLED: u8 = 1;

tokio::task_local! {
    static CURRENT: TraceContext;
}

/// A trace, and our span in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TraceContext {
    trace: u128,
    /// Never 0, like every id.
    span: u64,
    /// The caller's span, if it sent one.
    parent: Option<u64>,
    is_sampled: bool,
}

impl TraceContext {
    /// The context of a request with these headers and this id.
    pub(crate) fn of(headers: &HeaderMap, request_id: u128) -> Option<Self> {
        // The lower half is as random as the whole.
        let span = u64::try_from(request_id & u128::from(u64::MAX)).ok().filter(|id| *id != 0)?;
        let mut lines = headers.get_all(TRACEPARENT).iter();
        let told = match (lines.next(), lines.next()) {
            (Some(one), None) => one.to_str().ok().and_then(parse),
            // With several headers it is unknown which one counts.
            _ => None,
        };
        Some(match told {
            Some((trace, parent, is_sampled)) => {
                Self { trace, span, parent: Some(parent), is_sampled }
            }
            None => Self { trace: request_id, span, parent: None, is_sampled: false },
        })
    }

    /// A new trace, for work without a request.
    pub(crate) fn fresh() -> Option<Self> {
        let mut random = [0; 16];
        SystemChance.fill(&mut random).ok()?;
        Self::of(&HeaderMap::new(), u128::from_be_bytes(random))
    }

    /// The context of the request that is being answered, if there is one.
    pub(crate) fn current() -> Option<Self> {
        CURRENT.try_with(|context| *context).ok()
    }

    /// The same, if the caller has begun the trace.
    pub(crate) fn of_caller() -> Option<Self> {
        Self::current().filter(|context| context.began_elsewhere())
    }

    /// Requests to other servers that are made inside carry this context.
    pub(crate) fn scope<F: Future>(self, answering: F) -> impl Future<Output = F::Output> {
        CURRENT.scope(self, answering)
    }

    pub(crate) fn to_header(self) -> HeaderValue {
        let Self { trace, span, is_sampled, .. } = self;
        let text = format!("00-{trace:032x}-{span:016x}-{:02x}", u8::from(is_sampled));
        let Ok(value) = HeaderValue::try_from(text) else {
            unreachable!("hexadecimal digits and dashes are a header's value")
        };
        value
    }

    /// Whether a caller has begun the trace.
    pub(crate) fn began_elsewhere(self) -> bool {
        self.parent.is_some()
    }

    /// Its form in log lines and problems.
    pub(crate) fn trace_text(self) -> String {
        format!("{:032x}", self.trace)
    }

    pub(super) fn trace_id(self) -> TraceId {
        TraceId::from_bytes(self.trace.to_be_bytes())
    }

    pub(super) fn span_id(self) -> SpanId {
        SpanId::from_bytes(self.span.to_be_bytes())
    }

    pub(super) fn set_sampled(&mut self, is_sampled: bool) {
        self.is_sampled = is_sampled;
    }

    /// The caller's span, as the parent of ours.
    pub(super) fn remote(self) -> Option<Context> {
        let parent = SpanId::from_bytes(self.parent?.to_be_bytes());
        let flags = TraceFlags::default().with_sampled(self.is_sampled);
        let state = TraceState::default();
        let remote = SpanContext::new(self.trace_id(), parent, flags, true, state);
        Some(Context::new().with_remote_span_context(remote))
    }
}

/// Trace, span, and whether it is recorded.
fn parse(text: &str) -> Option<(u128, u64, bool)> {
    let head = text.get(..TRACEPARENT_BYTES)?;
    let rest = &text[TRACEPARENT_BYTES..];
    let mut parts = head.split('-');
    let version = hex(parts.next()?, 2)?;
    let (trace, span) = (hex(parts.next()?, 32)?, hex(parts.next()?, 16)?);
    let flags = u8::try_from(hex(parts.next()?, 2)?).ok()?;
    let has_good_rest = if version == 0 { rest.is_empty() } else { is_more(rest) };
    // 255 is not a valid version.
    if parts.next().is_some() || version == 255 || !has_good_rest || trace == 0 || span == 0 {
        return None;
    }
    Some((trace, u64::try_from(span).ok()?, flags & SAMPLED != 0))
}

fn is_more(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with('-')
}

/// Exactly this many digits, in lower case.
fn hex(text: &str, digits: usize) -> Option<u128> {
    let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let is_good = text.len() == digits && text.bytes().all(is_hex);
    is_good.then(|| u128::from_str_radix(text, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const REQUEST: u128 = 0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c;

    fn of(values: &[&str]) -> TraceContext {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(TRACEPARENT, HeaderValue::from_str(value).unwrap());
        }
        TraceContext::of(&headers, REQUEST).unwrap()
    }

    #[test]
    fn a_trace_goes_on_with_a_span_of_ours() {
        let told = of(&[&format!("00-{TRACE}-00f067aa0ba902b7-01")]);
        assert_eq!(told.trace_text(), TRACE);
        assert_eq!(told.to_header(), format!("00-{TRACE}-8448eb211c80319c-01"));
        assert_eq!(told.parent, Some(0x00f0_67aa_0ba9_02b7));
        let later = of(&[&format!("cc-{TRACE}-00f067aa0ba902b7-00-what-comes-later")]);
        assert_eq!(later.to_header(), format!("00-{TRACE}-8448eb211c80319c-00"));
    }

    #[test]
    fn what_is_not_of_the_form_begins_a_trace_with_the_requests_id() {
        let good = format!("00-{TRACE}-00f067aa0ba902b7-01");
        let upper = good.to_uppercase();
        let zero = format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32));
        let nobody = format!("00-{TRACE}-{}-01", "0".repeat(16));
        let longer = format!("{good}-x");
        let glued = format!("cc{}x", &good[2..]);
        let no_version = format!("ff{}", &good[2..]);
        let long = "a".repeat(10_000);
        for bad in [&*upper, &zero, &nobody, &longer, &glued, &no_version, &good[1..], "", &long] {
            let context = of(&[bad]);
            assert_eq!((context.trace, context.parent), (REQUEST, None), "{bad}");
        }
        assert_eq!(of(&[&good, &good]).parent, None, "two of them");
        assert_eq!(of(&[]).trace, REQUEST);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_taken_or_left(text in "[0-9a-f-]{50,60}|\\PC{0,80}") {
            let _ = parse(&text);
        }
    }
}
