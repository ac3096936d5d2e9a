//! The metrics for the server's operator (contract.md, "Operations").
//!
//! Every metric is in [`METRICS`] once; `docs/metrics.md` is made from it, and the output of
//! `/metrics` is checked against it. Nothing is counted per viewer or per person: the number of
//! values is bounded by the addresses, codes and classes that there are.

pub(crate) mod figures;
pub(crate) mod handshakes;
mod open_metrics;
mod process;
mod to_viewers;

use std::time::Duration;

use booking::Source;
use fanout_redis::metrics as redis;
use handshakes::HANDSHAKE_FAILURES;
use http::StatusCode;
use metrics::{SharedString, describe_counter, describe_gauge, describe_histogram, gauge};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use store_sqlite::metrics::{COMMIT_SECONDS, GROUP_COMMANDS, QUEUE_COMMANDS};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

const HTTP_REQUESTS: &str = "seatwire_http_requests_total";
pub(crate) const HTTP_SECONDS: &str = "seatwire_http_request_duration_seconds";
const RATE_LIMITED: &str = "seatwire_rate_limited_total";
pub(crate) const SALES: &str = "seatwire_sales_total";
pub(crate) const PAYMENTS: &str = "seatwire_payments_total";
const PAYMENTS_UNFINISHED: &str = "seatwire_payments_unfinished";
const PAYMENTS_AGE: &str = "seatwire_payments_oldest_unanswered_age_seconds";
pub(crate) const EVENTS: &str = "seatwire_events_total";
pub(crate) const GENERATIONS: &str = "seatwire_begun_anew_total";
pub(crate) const GROUPS: &str = "seatwire_groups_total";
pub(crate) const HOLES: &str = "seatwire_group_holes_repaired_total";
pub(crate) const LETTERS: &str = "seatwire_letters_total";
const LETTERS_WAITING: &str = "seatwire_letters_waiting";
const LETTERS_AGE: &str = "seatwire_letters_oldest_age_seconds";
pub(crate) const SPANS: &str = "seatwire_trace_spans_total";
const FAN_OUT_DOWN: &str = "seatwire_fan_out_down";
const CONNECTIONS: &str = "seatwire_connections";
const SUBSCRIPTIONS: &str = "seatwire_subscriptions";
const WATCHED_ROUTES: &str = "seatwire_watched_routes";
const ROOM_WRITES: &str = "seatwire_room_writes_total";
const ROOM_BYTES: &str = "seatwire_room_written_bytes_total";
const ROOM_LOG_BYTES: &str = "seatwire_room_log_bytes";
const COMMIT_TO_VIEWER: &str = "seatwire_commit_to_viewer_seconds";
const SLOWEST_LAG: &str = "seatwire_slowest_viewer_lag_events";
const OUTBOX_BYTES: &str = "seatwire_outbox_bytes";
const PAGE_BYTES: &str = "seatwire_room_page_bytes";
const PAGES_READ: &str = "seatwire_room_pages_read_total";
const VIEWERS_CLOSED: &str = "seatwire_viewers_closed_total";
pub(crate) const SNAPSHOTS: &str = "seatwire_snapshots_total";
const RECOVERIES: &str = "seatwire_recoveries_total";
pub(crate) const CERTIFICATE_EXPIRY: &str = "seatwire_tls_certificate_expiry_timestamp_seconds";
const HOLDS: &str = "seatwire_holds";
const BUILD_INFO: &str = "seatwire_build_info";
const RESIDENT_BYTES: &str = "process_resident_memory_bytes";
const OPEN_FILES: &str = "process_open_fds";
const OPEN_FILES_MAX: &str = "process_max_fds";
const START_TIME: &str = "process_start_time_seconds";

/// How often observed values are put into their buckets; until then each takes memory.
const UPKEEP: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Counter,
    Gauge,
    Histogram(&'static [f64]),
}

#[derive(Debug)]
struct Metric {
    name: &'static str,
    kind: Kind,
    #[cfg_attr(not(test), expect(dead_code, reason = "the document is made of it"))]
    labels: &'static [&'static str],
    help: &'static str,
}

const fn counter(
    name: &'static str,
    labels: &'static [&'static str],
    help: &'static str,
) -> Metric {
    Metric { name, kind: Kind::Counter, labels, help }
}

const fn level(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Metric {
    Metric { name, kind: Kind::Gauge, labels, help }
}

const SECONDS: &[f64] =
    &[0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
const COMMANDS: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

#[rustfmt::skip]
const METRICS: [Metric; 44] = [
    counter(HTTP_REQUESTS, &["method", "route", "status"],
        "Answers, by the address as in /openapi.json, or `/seats`, or `/socket.io/`; pages and unknown addresses \
        are `other`, and so are heads that are not HTTP. Polls and handshakes (101) are answers, too."),
    Metric { name: HTTP_SECONDS, kind: Kind::Histogram(SECONDS), labels: &["route"],
        help: "Time from a request's head to the head of its answer; without `/socket.io/`, whose polls wait for \
            events." },
    counter(RATE_LIMITED, &["class"], "Requests, connections (`connections`), \
        messages of a connection (`message`) and attempts (`wrong_password`, `wrong_pair`, `unpaid`, \
        `position`, `new_account`) that were refused because there were too many, by the limit that was reached."),
    counter(SALES, &["kind", "outcome"],
        "Attempts to take seats (ticket, booking, hold): `done`, or the code of the refusal."),
    counter(PAYMENTS, &["outcome"], "Payments: `paid`, or the code that the payer got."),
    level(PAYMENTS_UNFINISHED, &["state"], "Payments of all nodes whose end is not known yet: `started` (the provider \
        has not answered), `refunding` (money is still owed back). The oldest 10,000 of both are looked at. `NaN` while \
        the database does not answer."),
    level(PAYMENTS_AGE, &[], "How long ago the oldest payment was begun that the provider has not answered; 0 if \
        there is none. After two minutes the provider is asked for its result."),
    counter(EVENTS, &["type"], "Events that were committed and published, by type."),
    counter(GENERATIONS, &[], "Times that this node closed all its viewers, so that they begin \
        anew: the database went back to an older state, or this node fell too far behind it."),
    counter(GROUPS, &["way"], "Groups of writes, by the way they came to this node: its `own`; `told`: \
        sent whole by another node; `named`: another node sent only the number; `read` from the database, also \
        after `named`. One group may be counted more than once."),
    counter(HOLES, &[], "Times that groups of other nodes were read from the database because a later one \
        was already here: the message between the nodes was lost or late."),
    counter(LETTERS, &["outcome"], "Letters: `sent`, `put_off` (tried again later), `given_up`."),
    level(LETTERS_WAITING, &[], "Letters of all nodes that are not sent yet, counted up to 10,000."),
    level(LETTERS_AGE, &[], "How long the oldest of them has waited; 0 if none waits."),
    counter(SPANS, &["outcome"], "Spans of traces for the collector: `sent`, `failed` (it did not \
        accept them), `dropped` (too many waited)."),
    level(FAN_OUT_DOWN, &[], "1 while no messages from other nodes can arrive: the database is then \
        asked for their commits four times a second."),
    counter(redis::PUBLISHED, &[], "Groups and bus positions that were handed to Redis."),
    counter(redis::DROPPED, &["reason"], "Messages that were not handed to Redis: no link (`down`), too many \
        waited (`queue`); and received messages that were dropped: too many (`unheard`), not understood \
        (`unreadable`). Groups among them are read from the database."),
    counter(redis::LOST, &[], "Times that the link to Redis was lost."),
    level(CONNECTIONS, &["transport"],
        "Live viewers: `socketio`, plain `websocket`, `sse`."),
    counter(HANDSHAKE_FAILURES, &["transport", "reason"], "Realtime connections (`socketio`, `websocket`, `sse`) \
        that did not begin: `bad_token` (or none where one is needed), `origin`, `rate_limited`, `not_found` (the \
        route), `bad_request`, `unavailable`; of `socketio` also those whose client did not go on after the answer to \
        its request, by its CONNECT or its upgrade: `protocol` (it spoke something else), `timeout`, `gone`, and \
        `bad_request` for a namespace that does not exist; and connections that did not become `tls`: `protocol` \
        (not TLS, no common version, a certificate that the client does not trust), `timeout`, `gone` (it hung up)."),
    level(SUBSCRIPTIONS, &[], "Subscriptions to routes."),
    level(WATCHED_ROUTES, &[], "Routes that somebody watches."),
    counter(ROOM_WRITES, &[], "Writes of events and answers to viewers; one write may have many events."),
    counter(ROOM_BYTES, &[], "Bytes of those writes."),
    level(ROOM_LOG_BYTES, &[], "Bytes in the logs of all rooms."),
    Metric { name: COMMIT_TO_VIEWER, kind: Kind::Histogram(SECONDS), labels: &[],
        help: "For each write of new events to a viewer: time from when this node knew that the oldest of them \
            was committed (its own: right after the commit; of another node: when it came here) to when the viewer's \
            socket had taken all of them, as of the end of a step of 64 viewers. Not counted: viewers that read by polls \
            or server-sent events, and what a full socket takes later." },
    level(SLOWEST_LAG, &[], "How many events of a route its slowest viewer was not given yet; a client that \
        polls waits for its next poll. Looked at when the metrics are asked for, in up to 131,072 subscriptions."),
    level(OUTBOX_BYTES, &[], "Bytes of answers and of cut-off frames that wait for the sockets or polls of viewers \
        that watch a route; looked at together with the lag."),
    level(PAGE_BYTES, &[], "Bytes of older events, read for viewers that fell behind a log."),
    counter(PAGES_READ, &[], "Pages of older events that were read from the database for such viewers."),
    counter(VIEWERS_CLOSED, &["reason"], "Viewers that are gone: `peer` (it left), `transport` (a read or write \
        failed), `timeout` (no answer to a ping), `protocol`, `outbox` (too many answers waited), `behind` (too \
        many events waited), `replaced` (recovered on another connection), `application` (ended by this \
        server), `shutdown`."),
    counter(SNAPSHOTS, &["source"], "Maps of a route's seats for viewers that asked for one or had missed too much: \
        `kept` in memory, or read from the `store`."),
    counter(RECOVERIES, &["outcome"], "Viewers that came back after their connection was lost."),
    Metric { name: GROUP_COMMANDS, kind: Kind::Histogram(COMMANDS), labels: &[],
        help: "Commands that were committed together." },
    Metric { name: COMMIT_SECONDS, kind: Kind::Histogram(SECONDS), labels: &[],
        help: "Time to decide, write and sync one group of commands." },
    level(QUEUE_COMMANDS, &[], "Commands that wait for the writer."),
    level(CERTIFICATE_EXPIRY, &[],
        "When the certificate of the port expires, in Unix time; 0 without TLS."),
    level(RESIDENT_BYTES, &[], "Resident memory."),
    level(HOLDS, &["kind"],
        "What is held and not paid: `reservation` (tickets), `seats` (held while names are typed)."),
    level(OPEN_FILES_MAX, &[], "File descriptors that may be open."),
    level(START_TIME, &[], "When the process was started, in Unix time."),
    level(OPEN_FILES, &[], "Open file descriptors."),
    level(BUILD_INFO, &["version"], "Always 1."),
];

/// The label of what is not this server's: a client that tries many addresses or methods creates no
/// new labels.
pub(crate) const OTHER: &str = "other";

pub(crate) fn count_answer(method: &'static str, route: SharedString, status: StatusCode) {
    let status = status.as_str().to_owned();
    let labels =
        [("method", method.into()), ("route", route), ("status", SharedString::from(status))];
    metrics::counter!(HTTP_REQUESTS, &labels).increment(1);
}

/// The answer to a head from which no request could be made.
pub(crate) fn count_unreadable(status: StatusCode) {
    count_answer(OTHER, SharedString::const_str(OTHER), status);
}

/// A limit was reached, and somebody refused.
pub(crate) fn count_refused(class: &'static str) {
    metrics::counter!(RATE_LIMITED, "class" => class).increment(1);
}

#[expect(clippy::cast_precision_loss, reason = "a metric is a float; no year is beyond 2^53 ms")]
/// Starts counting. A second start in one process (only tests do that) counts nowhere.
pub(crate) fn start() -> Result<PrometheusHandle, BuildError> {
    let mut builder = PrometheusBuilder::new();
    for Metric { name, kind, .. } in &METRICS {
        if let Kind::Histogram(buckets) = kind {
            builder = builder.set_buckets_for_metric(Matcher::Full((*name).to_owned()), buckets)?;
        }
    }
    let recorder = builder.build_recorder();
    let handle = recorder.handle();
    drop(metrics::set_global_recorder(recorder));
    for Metric { name, kind, help, .. } in &METRICS {
        match kind {
            Kind::Counter => describe_counter!(*name, *help),
            Kind::Gauge => describe_gauge!(*name, *help),
            Kind::Histogram(_) => describe_histogram!(*name, *help),
        }
    }
    redis::begin();
    handshakes::begin();
    metrics::counter!(GENERATIONS).increment(0);
    metrics::counter!(HOLES).increment(0);
    // An alert compares it with all payments: it must be there when none has ever succeeded.
    metrics::counter!(PAYMENTS, "outcome" => "paid").increment(0);
    for outcome in ["sent", "put_off", "given_up"] {
        metrics::counter!(LETTERS, "outcome" => outcome).increment(0);
    }
    for way in ["own", "told", "named", "read"] {
        metrics::counter!(GROUPS, "way" => way).increment(0);
    }
    for outcome in ["sent", "failed", "dropped"] {
        metrics::counter!(SPANS, "outcome" => outcome).increment(0);
    }
    gauge!(CERTIFICATE_EXPIRY).set(0.0);
    gauge!(START_TIME).set(Source::system().now().as_millisecond() as f64 / 1e3);
    gauge!(BUILD_INFO, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    Ok(handle)
}

/// Puts observed values into their buckets, until the server stops.
pub(crate) async fn keep_up(handle: PrometheusHandle, stopping: CancellationToken) {
    let mut interval = tokio::time::interval(UPKEEP);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stopping.run_until_cancelled(interval.tick()).await.is_some() {
        handle.run_upkeep();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write as _;

    /// Where the page for operators is.
    const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/metrics.md");

    fn document() -> String {
        let mut text = String::from(
            "# Metrics\n\n\
             The metrics of `GET /metrics`, in Prometheus' text format, or as OpenMetrics if `Accept` asks for it.\n\
             On the server's port they are for an ADMIN only; on `SEATWIRE_METRICS_LISTEN` for anybody. This page is\n\
             made from `crates/server/src/metrics.rs` by a test, which writes it again if `UPDATE_DOCUMENTS=1` is set.\n\n\
             | metric | kind | labels | |\n|---|---|---|---|\n",
        );
        for Metric { name, kind, labels, help } in &METRICS {
            let kind = match kind {
                Kind::Counter => "counter",
                Kind::Gauge => "gauge",
                Kind::Histogram(_) => "histogram",
            };
            let labels: Vec<_> = labels.iter().map(|label| format!("`{label}`")).collect();
            writeln!(text, "| `{name}` | {kind} | {} | {help} |", labels.join(", ")).unwrap();
        }
        text
    }

    #[test]
    fn the_document_lists_what_is_counted() {
        if std::env::var_os("UPDATE_DOCUMENTS").is_some() {
            std::fs::write(DOCUMENT, document()).unwrap();
        }
        assert_eq!(std::fs::read_to_string(DOCUMENT).unwrap(), document());
    }

    #[test]
    fn names_follow_the_conventions() {
        for Metric { name, kind, labels, .. } in &METRICS {
            assert!(name.starts_with("seatwire_") || name.starts_with("process_"), "{name}");
            assert_eq!(name.ends_with("_total"), *kind == Kind::Counter, "{name}");
            assert!(!name.contains("_ms") && !name.contains("milli"), "seconds and bytes: {name}");
            assert!(labels.iter().all(|label| !["id", "user", "address"].contains(label)));
        }
    }
}
