//! Putting the program together, running it, and taking it apart.

mod accounts;
mod data;
mod error;
mod redis;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use booking::{
    Desk, Kept, MockProvider, Source, TrustedTime, expire_holds, finish_payments,
    forget_travellers, prune,
};
use jiff::Timestamp;
use metrics_exporter_prometheus::PrometheusHandle;
use store::{AuditFilter, NodeId, Page, Store};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::app::App;
use crate::certificate_watch;
use crate::churn::Churn;
use crate::config::{self, Config, Mode, Stopping};
use crate::gateway::{Gateway, Groups};
use crate::http::lost_rows::LostRows;
use crate::http::payments::SettledPayments;
use crate::http::reset::write_letters;
use crate::http::router::{operations, router};
use crate::identity::address_keys::AddressKeys;
use crate::identity::callers::Callers;
use crate::identity::changed_accounts::look_for_them;
use crate::identity::factor_seal::FactorSeal;
use crate::identity::key_secrets::KeySecrets;
use crate::identity::passwords::Passwords;
use crate::identity::provider::Provider;
use crate::identity::refresh_tokens::SuccessorKey;
use crate::identity::tokens::Tokens;
use crate::leaving::Leaving;
use crate::limits::{Limits, OpenConnections};
use crate::login_attempts::LoginAttempts;
use crate::mail::{self, Mail, Sending, send_letters};
use crate::position_pace::PositionPace;
use crate::proxies::Proxies;
use crate::terminal::{complain, say};
use crate::traces::Exporting;
use crate::wrong_pairs::WrongPairs;
use data::Data;
use error::StartError;

use crate::{demo, listen, memory, metrics, open_files, orders_of_others, stop, telemetry, traces};

/// How long a stop may take, in addition to the time over which viewers are moved, before open
/// connections are dropped.
const STOP_TIMEOUT: Duration = Duration::from_secs(12);

/// How long the store may take to finish its queue. Everything that was answered is synced already.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// Threads for blocking work: queries, whose number is bounded below this, and the DNS look-up of
/// the address to listen on.
const BLOCKING_THREADS_MAX: usize = 16;

/// Runs the server to its end.
pub(crate) fn run(config: Config) -> ExitCode {
    let (tracer, exporting) = match config.otlp_endpoint.as_ref().map(traces::prepare) {
        Some(Ok((tracer, exporting))) => (Some(tracer), Some(exporting)),
        Some(Err(error)) => {
            complain(&[format!("cannot start: traces cannot be sent: {error}")]);
            return ExitCode::FAILURE;
        }
        None => (None, None),
    };
    telemetry::start(config.mode, &config.log, tracer);
    // One worker for each core that this process may use, which is the builder's default.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .max_blocking_threads(BLOCKING_THREADS_MAX)
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            complain(&[format!("cannot start: {error}")]);
            return ExitCode::FAILURE;
        }
    };
    let outcome = runtime.block_on(serve(config, exporting));
    // A task that does not end is not waited for; the store is closed by then.
    runtime.shutdown_timeout(Duration::from_secs(1));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error.to_string().lines().collect::<Vec<_>>());
            ExitCode::from(error.exit_code())
        }
    }
}

async fn serve(config: Config, exporting: Option<Exporting>) -> Result<(), StartError> {
    stop::not_for_a_large_file();
    let stop_requests = stop::Requests::listen();
    let metrics = metrics::start().map_err(|error| StartError::Other(error.to_string()))?;
    let (data, committed) = Data::open(&config).await?;
    let stopping = CancellationToken::new();
    // Cancelled after all else has ended, so that the last spans are sent too.
    let untraced = CancellationToken::new();
    let exporting = exporting.map(|exporting| tokio::spawn(exporting.run(untraced.clone())));
    let (ears, heard) = store::heard_stream();
    let (fan_out, link) = match &config.redis {
        Some(url) => redis::open(url, &config.database, &*data.store(), ears).await?,
        None => {
            let direct = config.database_direct.as_deref();
            (data.fan_out(&config.database, direct, ears, &stopping), redis::no_link())
        }
    };
    let link = tokio::spawn(link);
    let groups = Groups { committed, fan_out, heard };
    let clock = data.clock().await.map_err(|error| StartError::Other(error.to_string()))?;
    let source = clock.clone().map_or_else(Source::system, Source::new);
    let of_store = (data.store(), source);
    let (app, forgotten) = assemble(&config, of_store, groups, metrics.clone()).await?;
    accounts::settle(&app, &config).await.map_err(StartError::Accounts)?;
    let listeners = listen::bind(&config.listen).await?;
    let watched_from = match &config.metrics_listen {
        Some(address) => Some(listen::bind(address).await?),
        None => None,
    };
    let scheme = if config.tls.is_some() { "https" } else { "http" };
    let url = format!("{scheme}://{}", listeners.address);
    if config.demo {
        demo::prepare(&app).await.map_err(|error| StartError::Other(error.to_string()))?;
    }
    open_files::raise_limit();

    let chores = TaskTracker::new();
    if let Some(clock) = clock {
        chores.spawn(clock.keep_up(app.store.clone(), stopping.clone()));
    }
    chores.spawn(expire_holds(app.desk.clone(), stopping.clone()));
    chores.spawn(finish_payments(app.desk.clone(), stopping.clone()));
    let kept = config.kept;
    if config.retention_days.is_some() || kept != Kept::default() {
        let newest = newest_known(&app).await?;
        let time = TrustedTime::new(app.now(), newest);
        if let Some(days) = config.retention_days {
            chores.spawn(forget_travellers(app.desk.clone(), days, time, stopping.clone()));
        }
        if kept != Kept::default() {
            chores.spawn(prune(app.desk.clone(), kept, time, stopping.clone()));
        }
    }
    chores.spawn(look_for_them(app.store.clone(), stopping.clone()));
    let (store, gateway, node) = (app.store.clone(), app.gateway.clone(), app.desk.node());
    chores.spawn(orders_of_others::carry_out(store, gateway, node, stopping.clone()));
    chores.spawn(metrics::keep_up(metrics, stopping.clone()));
    chores.spawn(memory::give_back(stopping.clone()));
    if let Some(tls) = config.tls.clone() {
        let hang_ups = certificate_watch::hang_ups();
        chores.spawn(certificate_watch::watch(tls, hang_ups, stopping.clone()));
    }
    if let (Some(config), Some(mail), Some(line)) = (&config.mail, &app.mail, forgotten) {
        let sending = Sending {
            store: app.store.clone(),
            post: mail::post(config).map_err(StartError::Other)?,
            secrets: Arc::clone(&app.key_secrets),
            source: app.desk.source().clone(),
            outbox: mail.outbox.clone(),
        };
        chores.spawn(send_letters(sending, stopping.clone()));
        let source = app.desk.source().clone();
        let letters =
            write_letters(app.store.clone(), mail.clone(), line, source, stopping.clone());
        chores.spawn(letters);
    }
    if let Some(provider) = app.token_provider.clone() {
        chores.spawn(provider.keep_up(stopping.clone()));
    }
    let routes = router(Arc::clone(&app), &config);
    let terms = listen::Terms {
        tls: config.tls.clone(),
        keep_alive: config.keep_alive,
        open: app.open_connections.clone(),
        proxies: Proxies::new(&config.trusted_proxies),
    };
    let serving = tokio::spawn(listeners.serve(routes, terms, stopping.clone()));

    let watching = watched_from.map(|listeners| {
        tracing::info!(metrics_url = %format!("http://{}", listeners.address), "metrics are told");
        let routes = operations(Arc::clone(&app));
        let terms = listen::Terms {
            tls: None,
            keep_alive: config.keep_alive,
            open: OpenConnections::new(None),
            proxies: Proxies::default(),
        };
        tokio::spawn(listeners.serve(routes, terms, stopping.clone()))
    });

    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        mode = ?config.mode,
        database = %config.database,
        %url,
        "started"
    );
    if config.mode == Mode::Production {
        tracing::warn!(
            "payments go to the mock provider: it takes any card and moves no money \
             (SEATWIRE_ALLOW_MOCK_PAYMENTS)"
        );
    }
    say(&format!("listening on {url}\n"));
    if config.demo {
        match demo::banner::text(&app, &url).await {
            Ok(text) => say(&text),
            Err(error) => tracing::warn!(%error, "the demo could not be described"),
        }
    }

    stop_requests.first().await;
    tracing::info!("stopping");
    let Stopping { notice, spread } = config.stopping;
    app.leaving.begin();
    // Requests are served meanwhile: a load balancer notices before any client is refused.
    tokio::time::sleep(notice).await;
    stopping.cancel();
    let unhurried = async {
        // Viewers first: they reconnect to the next server while this one finishes its requests.
        app.gateway.shutdown(spread).await;
        drop(serving.await);
        if let Some(watching) = watching {
            drop(watching.await);
        }
        app.desk.close().await;
        // Only now, so that the last commits are sent to other nodes, too.
        link.abort();
        chores.close();
        chores.wait().await;
        untraced.cancel();
        if let Some(exporting) = exporting {
            drop(exporting.await);
        }
    };
    if tokio::time::timeout(spread + STOP_TIMEOUT, unhurried).await.is_err() {
        tracing::warn!("some connections did not end in time");
    }
    drop(app);
    // What was handed to the writer is committed before the process ends.
    if tokio::time::timeout(CLOSE_TIMEOUT, data.close()).await.is_err() {
        tracing::warn!("the database was still in use when the process ended");
    }
    tracing::info!("stopped");
    Ok(())
}

/// The time of the newest row of the audit.
async fn newest_known(app: &App) -> Result<Option<Timestamp>, StartError> {
    let newest = app.store.audit(AuditFilter::default(), Page { offset: 0, limit: 1 }).await;
    let newest = newest.map_err(|error| StartError::Other(error.to_string()))?;
    Ok(newest.items.first().map(|entry| entry.at))
}

async fn assemble(
    config: &Config,
    (store, source): (Arc<dyn Store>, Source),
    groups: Groups,
    metrics: PrometheusHandle,
) -> Result<(Arc<App>, Option<mpsc::Receiver<String>>), StartError> {
    let secret = match &config.jwt.secret {
        Some(secret) => secret.clone(),
        None => {
            let Some(path) = config.database.jwt_secret_path() else {
                unreachable!("a secret that cannot be kept beside the database must be set")
            };
            config::secret_file::load_or_create(&path)
                .map_err(|cause| StartError::Secret { path: path.display().to_string(), cause })?
        }
    };
    let tokens = Arc::new({
        let previous = config.jwt.previous_secret.as_ref().map(|secret| secret.expose());
        Tokens::new(secret.expose(), previous, config.jwt.ttl)
    });
    let provider = config.provider.clone();
    let provider = provider.map(|config| Provider::new(config, store.clone(), source.clone()));
    let token_provider = provider.transpose().map_err(StartError::Other)?;
    let callers = Callers::new(Arc::clone(&tokens), store.clone(), source.clone())
        .with_provider(token_provider.clone());
    let open_connections = OpenConnections::new(config.connections_per_address);
    let who = (callers.clone(), open_connections.clone());
    let gateway = Gateway::start(store.clone(), groups, who, source.clone(), config)
        .await
        .map_err(|error| StartError::Other(error.to_string()))?;
    let provider = Arc::new(MockProvider);
    let node: Uuid = source.id().map_err(|error| StartError::Other(error.to_string()))?;
    let desk = Desk::new(store.clone(), provider, source, config.hold_seconds.get())
        .of_node(NodeId(node))
        .with_seat_hold_seconds(config.seat_hold_seconds)
        .with_fair_use(config.fair_use)
        .with_neighbour_rule(config.neighbour_rule);
    let passwords = Passwords::start().map_err(|error| StartError::Other(error.to_string()))?;
    let (zone, mode, demo) = (config.timezone.clone(), config.mode, config.demo);
    let wrong_pairs = WrongPairs::default();
    let address_keys = AddressKeys::new(secret.expose());
    let position_pace = PositionPace::default();
    let key_secrets = Arc::new(KeySecrets::new(secret.expose()));
    let desk = desk.answering(Arc::new(SettledPayments(Arc::clone(&key_secrets))));
    let mail =
        config.mail.as_ref().map(|_| Mail::new(Arc::clone(&key_secrets), desk.source().clone()));
    let (mail, forgotten) = mail.unzip();
    let previous = config.jwt.previous_secret.as_ref().map(|secret| secret.expose());
    let factor_seal = FactorSeal::new(secret.expose(), previous);
    let app = App {
        token_provider,
        factor_seal,
        mail,
        store,
        desk,
        tokens,
        refresh_ttl: config.jwt.refresh_ttl,
        successor_key: SuccessorKey::new(secret.expose()),
        callers,
        passwords,
        limits: config.class_rates.as_ref().map(Limits::new),
        open_connections,
        metrics,
        wrong_pairs,
        churn: Churn::default(),
        login_attempts: LoginAttempts::default(),
        address_keys,
        position_pace,
        key_secrets,
        gateway,
        leaving: Leaving::default(),
        lost_rows: LostRows::default(),
        zone,
        mode,
        demo,
    };
    Ok((Arc::new(app), forgotten))
}
