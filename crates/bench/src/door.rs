//! How a viewer connects: a port on loopback, as a WebSocket (plain, or over TLS with a certificate
//! of the bench's own), as a stream of Server-Sent Events, or by long polling.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio::task::AbortHandle;
use tokio_rustls::TlsConnector;

use crate::patience::PATIENCE;
use crate::viewer::{self, Sight, Viewer};
use crate::{polling, sse};

#[derive(Clone)]
pub(crate) struct Door {
    port: u16,
    way: Way,
}

#[derive(Clone)]
enum Way {
    WebSocket,
    Tls(TlsConnector),
    Sse,
    Polling,
}

impl From<u16> for Door {
    fn from(port: u16) -> Self {
        Self { port, way: Way::WebSocket }
    }
}

/// A certificate for `localhost`, in files for the server and trusted by the viewers.
pub(crate) struct Certificate {
    pub(crate) chain: PathBuf,
    pub(crate) key: PathBuf,
    connector: TlsConnector,
}

impl Certificate {
    pub(crate) fn make(folder: &Path) -> anyhow::Result<Self> {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
        let (chain, key) = (folder.join("bench-chain.pem"), folder.join("bench-key.pem"));
        std::fs::write(&chain, made.cert.pem())?;
        std::fs::write(&key, made.signing_key.serialize_pem())?;
        let mut roots = RootCertStore::empty();
        roots.add(made.cert.der().clone())?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { chain, key, connector: Arc::new(config).into() })
    }

    pub(crate) fn door(&self, port: u16) -> Door {
        Door { port, way: Way::Tls(self.connector.clone()) }
    }
}

/// A viewer that is connected and watches in a task of its own.
pub(crate) struct Inside {
    /// Subscriptions that had to be repeated because no answer came.
    pub(crate) lost: usize,
    pub(crate) watching: AbortHandle,
}

impl Door {
    pub(crate) fn sse(port: u16) -> Self {
        Self { port, way: Way::Sse }
    }

    pub(crate) fn polling(port: u16) -> Self {
        Self { port, way: Way::Polling }
    }

    /// The whole way of one viewer, from its `connect` to its `subscribed`.
    pub(crate) async fn enter(
        &self,
        index: usize,
        route: &str,
        sight: impl Sight + 'static,
    ) -> anyhow::Result<(Inside, Duration)> {
        let start = std::time::Instant::now();
        let coming = async {
            let stream = viewer::connect(index, self.port).await?;
            match &self.way {
                Way::WebSocket => Ok(watch(Viewer::join(stream, route, None).await?, sight)),
                Way::Tls(connector) => self.enter_over_tls(connector, stream, route, sight).await,
                Way::Sse => Ok(stay(sse::join(stream, route).await?.watch())),
                Way::Polling => Ok(stay(polling::join(stream, route).await?.watch())),
            }
        };
        let inside: anyhow::Result<Inside> =
            tokio::time::timeout(PATIENCE, coming).await.context("a viewer did not join")?;
        Ok((inside?, start.elapsed()))
    }

    async fn enter_over_tls(
        &self,
        connector: &TlsConnector,
        stream: TcpStream,
        route: &str,
        sight: impl Sight + 'static,
    ) -> anyhow::Result<Inside> {
        let name = ServerName::try_from("localhost")?;
        // Boxed: a plain viewer must not be as large as one of these.
        let stream = Box::new(connector.connect(name, stream).await?);
        Ok(watch(Viewer::join(stream, route, None).await?, sight))
    }
}

fn watch<S>(viewer: Viewer<S>, mut sight: impl Sight + 'static) -> Inside
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + 'static,
{
    let lost = viewer.lost;
    let watching = tokio::task::spawn_local(async move { viewer.watch(&mut sight).await });
    Inside { lost, watching: watching.abort_handle() }
}

/// Viewers of these kinds are only held: their events are not counted.
fn stay(watching: impl Future<Output = anyhow::Result<()>> + 'static) -> Inside {
    let watching = tokio::task::spawn_local(async move { drop(watching.await) });
    Inside { lost: 0, watching: watching.abort_handle() }
}
