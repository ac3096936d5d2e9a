//! All metrics, as they are sent now. Levels are read at this moment.

use jiff::Timestamp;
use metrics::gauge;
use metrics_exporter_prometheus::PrometheusHandle;
use rooms::{CloseReason, Waiting};
use store::{FanOutState, LiveHolds, UnfinishedPayments, WaitingLetters};

use super::{
    COMMIT_TO_VIEWER, CONNECTIONS, FAN_OUT_DOWN, HOLDS, LETTERS_AGE, LETTERS_WAITING, METRICS,
    OPEN_FILES, OPEN_FILES_MAX, OUTBOX_BYTES, PAGE_BYTES, PAGES_READ, PAYMENTS_AGE,
    PAYMENTS_UNFINISHED, RECOVERIES, RESIDENT_BYTES, ROOM_BYTES, ROOM_LOG_BYTES, ROOM_WRITES,
    SLOWEST_LAG, SUBSCRIPTIONS, VIEWERS_CLOSED, WATCHED_ROUTES, open_metrics, process, to_viewers,
};
use crate::gateway::Gateway;

/// The format in which metrics are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Prometheus,
    OpenMetrics,
}

/// The figures that had to be asked for: the database, and viewer after viewer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    pub(crate) holds: LiveHolds,
    pub(crate) letters: WaitingLetters,
    /// `None`: the store did not answer.
    pub(crate) payments: Option<UnfinishedPayments>,
    pub(crate) waiting: Waiting,
}

pub(crate) fn told(
    handle: &PrometheusHandle,
    form: Form,
    gateway: &Gateway,
    asked: Asked,
    now: Timestamp,
) -> String {
    look(gateway, asked, now);
    let mut text = handle.render();
    let help = METRICS.iter().find(|metric| metric.name == COMMIT_TO_VIEWER);
    let (help, delays) = (help.map_or("", |metric| metric.help), gateway.room_stats().delays);
    text.push_str(&to_viewers::histogram(COMMIT_TO_VIEWER, help, &delays));
    match form {
        Form::Prometheus => text,
        Form::OpenMetrics => open_metrics::from_prometheus(&text),
    }
}

#[expect(clippy::cast_precision_loss, reason = "a metric is a float; none of these is beyond 2^53")]
fn look(gateway: &Gateway, asked: Asked, now: Timestamp) {
    let Asked { holds, letters, payments, waiting } = asked;
    gauge!(LETTERS_WAITING).set(letters.count as f64);
    // 0 for what another node wrote by a clock ahead of ours.
    let age = |began: Timestamp| now.duration_since(began).as_secs_f64().max(0.0);
    gauge!(LETTERS_AGE).set(letters.oldest.map_or(0.0, |id| age(id.written_at())));
    // Not 0: it would mean that all money is where it belongs.
    let of_payments =
        |figure: &dyn Fn(UnfinishedPayments) -> f64| payments.map_or(f64::NAN, figure);
    gauge!(PAYMENTS_UNFINISHED, "state" => "started").set(of_payments(&|it| it.started as f64));
    gauge!(PAYMENTS_UNFINISHED, "state" => "refunding").set(of_payments(&|it| it.refunding as f64));
    gauge!(PAYMENTS_AGE).set(of_payments(&|it| it.oldest_started.map_or(0.0, age)));
    let watched = gateway.watched_routes();
    let stats = gateway.room_stats();
    let (socketio, sse) = (gateway.socketio_sessions(), gateway.stream_readers());
    // A viewer that comes or goes between these reads must not make the number negative.
    let plain = stats.viewers.saturating_sub(socketio + sse);
    for (transport, count) in [("socketio", socketio), ("sse", sse), ("websocket", plain)] {
        gauge!(CONNECTIONS, "transport" => transport).set(count as f64);
    }
    gauge!(SUBSCRIPTIONS).set(watched.iter().map(|(_, viewers)| *viewers).sum::<usize>() as f64);
    let is_down = gateway.fan_out() == FanOutState::Down;
    gauge!(FAN_OUT_DOWN).set(if is_down { 1.0 } else { 0.0 });
    gauge!(WATCHED_ROUTES).set(watched.len() as f64);
    gauge!(ROOM_LOG_BYTES).set(stats.log_bytes as f64);
    gauge!(PAGE_BYTES).set(stats.page_bytes as f64);
    gauge!(SLOWEST_LAG).set(waiting.lag_events as f64);
    gauge!(OUTBOX_BYTES).set(waiting.outbox_bytes as f64);
    metrics::counter!(PAGES_READ).absolute(stats.pages);
    for (reason, count) in CloseReason::ALL.into_iter().zip(stats.closes) {
        metrics::counter!(VIEWERS_CLOSED, "reason" => to_viewers::reason(reason)).absolute(count);
    }
    metrics::counter!(ROOM_WRITES).absolute(stats.writes);
    metrics::counter!(ROOM_BYTES).absolute(stats.bytes);
    let recoveries = gateway.recovery_stats();
    for (outcome, count) in [
        ("recovered", recoveries.recovered),
        ("unknown", recoveries.unknown),
        ("foreign", recoveries.foreign),
        ("unrestorable", recoveries.unrecoverable),
        ("given_up", recoveries.given_up),
    ] {
        metrics::counter!(RECOVERIES, "outcome" => outcome).absolute(count);
    }
    for (kind, count) in [("reservation", holds.reservations), ("seats", holds.seat_holds)] {
        gauge!(HOLDS, "kind" => kind).set(count as f64);
    }
    if let Some(bytes) = process::resident_bytes() {
        gauge!(RESIDENT_BYTES).set(bytes as f64);
    }
    if let Some(files) = process::open_files() {
        gauge!(OPEN_FILES).set(files as f64);
    }
    gauge!(OPEN_FILES_MAX).set(process::open_files_max().map_or(f64::INFINITY, |max| max as f64));
}
