//! The ports: one for all requests, and one for metrics alone, if the settings say so.

use std::sync::Arc;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::config::Config;
use crate::http::router::{operations, router};
use crate::limits::OpenConnections;
use crate::listen::{self, ListenError, Listeners};
use crate::proxies::Proxies;

/// They are taken, and nobody is served yet.
pub(super) struct Ports {
    requests: Listeners,
    metrics: Option<Listeners>,
    pub(super) url: String,
}

/// The tasks that serve.
pub(super) struct Serving(Vec<JoinHandle<()>>);

impl Ports {
    pub(super) async fn take(config: &Config) -> Result<Self, ListenError> {
        let requests = listen::bind(&config.listen).await?;
        let metrics = match &config.metrics_listen {
            Some(address) => Some(listen::bind(address).await?),
            None => None,
        };
        let scheme = if config.tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{}", requests.address);
        Ok(Self { requests, metrics, url })
    }

    /// Until `stopping`, and then until the last request has its answer.
    pub(super) fn serve(
        self,
        config: &Config,
        app: &Arc<App>,
        stopping: &CancellationToken,
    ) -> Serving {
        let terms = listen::Terms {
            tls: config.tls.clone(),
            keep_alive: config.keep_alive,
            open: app.open_connections.clone(),
            proxies: Proxies::new(&config.trusted_proxies),
        };
        let routes = router(Arc::clone(app), config);
        let requests = self.requests.serve(routes, terms, stopping.clone());
        let metrics = self.metrics.map(|listeners| {
            let url = format!("http://{}", listeners.address);
            tracing::info!(metrics_url = %url, "metrics are told");
            let terms = listen::Terms {
                tls: None,
                keep_alive: config.keep_alive,
                open: OpenConnections::new(None),
                proxies: Proxies::default(),
            };
            listeners.serve(operations(Arc::clone(app)), terms, stopping.clone())
        });
        Serving([Some(requests), metrics].into_iter().flatten().map(tokio::spawn).collect())
    }
}

impl Serving {
    pub(super) async fn end(self) {
        for task in self.0 {
            drop(task.await);
        }
    }
}
