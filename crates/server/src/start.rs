//! Putting the program together, running it, and taking it apart: in which order that is done. Each
//! step is a file of its own.

mod accounts;
mod assemble;
mod chores;
mod data;
mod error;
mod ports;
mod redis;

use std::process::ExitCode;
use std::time::Duration;

use booking::Source;
use store::CommittedStream;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::config::{Config, Mode, Stopping};
use crate::gateway::Groups;
use crate::terminal::{complain, say};
use crate::traces::Exporting;
use crate::{demo, metrics, open_files, stop, telemetry, traces};
use assemble::assemble;
use chores::Needs;
use data::Data;
use error::StartError;
use ports::Ports;
use redis::Link;

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
    let metrics = metrics::start().map_err(StartError::other)?;
    let stopping = CancellationToken::new();
    // Cancelled after all else has ended, so that the last spans are sent too.
    let untraced = CancellationToken::new();
    let exporting = exporting.map(|exporting| tokio::spawn(exporting.run(untraced.clone())));

    let (data, committed) = Data::open(&config).await?;
    let (groups, link) = joined(&config, &data, committed, &stopping).await?;
    let clock = data.clock().await.map_err(StartError::other)?;
    let source = clock.clone().map_or_else(Source::system, Source::new);
    let of_store = (data.store(), source);
    let (app, forgotten) = assemble(&config, of_store, groups, metrics.clone()).await?;
    accounts::settle(&app, &config).await.map_err(StartError::Accounts)?;
    let ports = Ports::take(&config).await?;
    let url = ports.url.clone();
    if config.demo {
        demo::prepare(&app).await.map_err(StartError::other)?;
    }
    open_files::raise_limit();
    let needs = Needs { clock, metrics, forgotten };
    let chores = chores::begin(&config, &app, needs, &stopping).await?;
    let serving = ports.serve(&config, &app, &stopping);
    tell(&config, &app, &url).await;

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
        serving.end().await;
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

/// This node's place among the others of its database: what it hears of them, and tells them.
async fn joined(
    config: &Config,
    data: &Data,
    committed: CommittedStream,
    stopping: &CancellationToken,
) -> Result<(Groups, JoinHandle<()>), StartError> {
    let (ears, heard) = store::heard_stream();
    let (fan_out, link): (_, Link) = match &config.redis {
        Some(url) => redis::open(url, &config.database, &*data.store(), ears).await?,
        None => {
            let direct = config.database_direct.as_deref();
            (data.fan_out(&config.database, direct, ears, stopping), redis::no_link())
        }
    };
    Ok((Groups { committed, fan_out, heard }, tokio::spawn(link)))
}

/// Tells the log and whoever has started the program.
async fn tell(config: &Config, app: &App, url: &str) {
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
        match demo::banner::text(app, url).await {
            Ok(text) => say(&text),
            Err(error) => tracing::warn!(%error, "the demo could not be described"),
        }
    }
}
