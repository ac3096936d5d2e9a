//! What the server does by itself, beside requests, until it stops.

use std::sync::Arc;

use booking::{Kept, TrustedTime, expire_holds, finish_payments, forget_travellers, prune};
use jiff::Timestamp;
use metrics_exporter_prometheus::PrometheusHandle;
use store::{AuditFilter, Page};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::assemble::Forgotten;
use super::error::StartError;
use crate::app::App;
use crate::config::Config;
use crate::database_clock::DatabaseClock;
use crate::http::reset::write_letters;
use crate::identity::changed_accounts::look_for_them;
use crate::mail::{self, Sending, send_letters};
use crate::{certificate_watch, memory, metrics, orders_of_others};

/// What was made for them alone.
pub(super) struct Needs {
    pub(super) clock: Option<DatabaseClock>,
    pub(super) metrics: PrometheusHandle,
    pub(super) forgotten: Option<Forgotten>,
}

/// Each ends with `stopping`, when it has finished what it was doing.
pub(super) async fn begin(
    config: &Config,
    app: &Arc<App>,
    Needs { clock, metrics, forgotten }: Needs,
    stopping: &CancellationToken,
) -> Result<TaskTracker, StartError> {
    let chores = TaskTracker::new();
    let stop = || stopping.clone();
    if let Some(clock) = clock {
        chores.spawn(clock.keep_up(app.store.clone(), stop()));
    }
    chores.spawn(expire_holds(app.desk.clone(), stop()));
    chores.spawn(finish_payments(app.desk.clone(), stop()));
    forget(config, app, &chores, stopping).await?;
    chores.spawn(look_for_them(app.store.clone(), stop()));
    let (store, gateway, node) = (app.store.clone(), app.gateway.clone(), app.desk.node());
    chores.spawn(orders_of_others::carry_out(store, gateway, node, stop()));
    chores.spawn(metrics::keep_up(metrics, stop()));
    chores.spawn(memory::give_back(stop()));
    if let Some(tls) = config.tls.clone() {
        let hang_ups = certificate_watch::hang_ups();
        chores.spawn(certificate_watch::watch(tls, hang_ups, stop()));
    }
    if let Some(forgotten) = forgotten {
        send_mail(config, app, forgotten, &chores, stopping)?;
    }
    if let Some(provider) = app.token_provider.clone() {
        chores.spawn(provider.keep_up(stop()));
    }
    Ok(chores)
}

/// Travellers, events and rows of the audit, by the rules of the settings.
async fn forget(
    config: &Config,
    app: &Arc<App>,
    chores: &TaskTracker,
    stopping: &CancellationToken,
) -> Result<(), StartError> {
    let kept = config.kept;
    if config.retention_days.is_none() && kept == Kept::default() {
        return Ok(());
    }
    let time = TrustedTime::new(app.now(), newest_known(app).await?);
    if let Some(days) = config.retention_days {
        chores.spawn(forget_travellers(app.desk.clone(), days, time, stopping.clone()));
    }
    if kept != Kept::default() {
        chores.spawn(prune(app.desk.clone(), kept, time, stopping.clone()));
    }
    Ok(())
}

/// The time of the newest row of the audit.
async fn newest_known(app: &App) -> Result<Option<Timestamp>, StartError> {
    let newest = app.store.audit(AuditFilter::default(), Page { offset: 0, limit: 1 }).await;
    let newest = newest.map_err(StartError::other)?;
    Ok(newest.items.first().map(|entry| entry.at))
}

fn send_mail(
    config: &Config,
    app: &Arc<App>,
    forgotten: Forgotten,
    chores: &TaskTracker,
    stopping: &CancellationToken,
) -> Result<(), StartError> {
    let (Some(config), Some(mail)) = (&config.mail, &app.mail) else { return Ok(()) };
    let source = app.desk.source().clone();
    let sending = Sending {
        store: app.store.clone(),
        post: mail::post(config).map_err(StartError::Other)?,
        secrets: Arc::clone(&app.key_secrets),
        source: source.clone(),
        outbox: mail.outbox.clone(),
    };
    chores.spawn(send_letters(sending, stopping.clone()));
    let (store, mail) = (app.store.clone(), mail.clone());
    chores.spawn(write_letters(store, mail, forgotten, source, stopping.clone()));
    Ok(())
}
