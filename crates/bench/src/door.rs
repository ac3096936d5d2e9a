//! The way in: a port on loopback, plain or over TLS with a certificate of the bench's own.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio::task::AbortHandle;
use tokio_rustls::TlsConnector;

use crate::crowd::PATIENCE;
use crate::viewer::{self, Sight, Viewer};

#[derive(Clone)]
pub(crate) struct Door {
    port: u16,
    tls: Option<TlsConnector>,
}

impl From<u16> for Door {
    fn from(port: u16) -> Self {
        Self { port, tls: None }
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
        Door { port, tls: Some(self.connector.clone()) }
    }
}

/// A viewer that has come in and watches in a task of its own.
pub(crate) struct Inside {
    /// Subscriptions that had to be repeated because nobody answered.
    pub(crate) lost: usize,
    pub(crate) watching: AbortHandle,
}

impl Door {
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
            match &self.tls {
                None => Ok(watch(Viewer::join(stream, route, None).await?, sight)),
                Some(connector) => self.enter_over_tls(connector, stream, route, sight).await,
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
