//! Reads one document from a web server, now and then: one connection each, over TLS but on this machine.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// From the look-up of the name to the last byte.
const FETCH_SECONDS_MAX: u64 = 5;
const DOCUMENT_BYTES_MAX: usize = 256 * 1_024;

pub(super) struct Fetch {
    url: Uri,
    host: String,
    port: u16,
    tls: Option<(TlsConnector, ServerName<'static>)>,
}

impl fmt::Debug for Fetch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetch").field("url", &self.url).finish_non_exhaustive()
    }
}

#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    #[error("it took longer than {FETCH_SECONDS_MAX} s")]
    TooLong,
    #[error("it cannot be reached: {0}")]
    Unreachable(#[from] std::io::Error),
    #[error("it does not speak HTTP: {0}")]
    Http(#[from] hyper::Error),
    #[error("it answered {0}")]
    Status(StatusCode),
    #[error("its answer cannot be read, or is longer than {DOCUMENT_BYTES_MAX} bytes")]
    Body,
}

impl Fetch {
    pub(super) fn new(url: Uri) -> Result<Self, String> {
        let host = url.host().ok_or("the address has no host")?.to_owned();
        let is_tls = url.scheme_str() == Some("https");
        let port = url.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
        let name = host.trim_matches(['[', ']']).to_owned();
        let tls = if is_tls { Some(tls(name)?) } else { None };
        Ok(Self { url, host, port, tls })
    }

    pub(super) async fn document(&self) -> Result<Bytes, FetchError> {
        let longest = Duration::from_secs(FETCH_SECONDS_MAX);
        tokio::time::timeout(longest, self.read()).await.map_err(|_| FetchError::TooLong)?
    }

    async fn read(&self) -> Result<Bytes, FetchError> {
        let name = self.host.trim_matches(['[', ']']);
        let stream = TcpStream::connect((name, self.port)).await?;
        match &self.tls {
            None => self.ask(stream).await,
            Some((connector, name)) => {
                self.ask(connector.connect(name.clone(), stream).await?).await
            }
        }
    }

    async fn ask(
        &self,
        stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    ) -> Result<Bytes, FetchError> {
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        // Ends with the sender, at the end of this function.
        let driver = tokio::spawn(connection);
        let path = self.url.path_and_query().map_or("/", |path| path.as_str());
        let request = Request::get(path)
            .header(header::HOST, self.url.authority().map_or("", |host| host.as_str()))
            .header(header::ACCEPT, "application/json")
            .header(header::CONNECTION, "close")
            .body(Empty::<Bytes>::new())
            .map_err(|_| FetchError::Body)?;
        let response = sender.send_request(request).await?;
        if response.status() != StatusCode::OK {
            driver.abort();
            return Err(FetchError::Status(response.status()));
        }
        let body = Limited::new(response.into_body(), DOCUMENT_BYTES_MAX).collect().await;
        driver.abort();
        Ok(body.map_err(|_| FetchError::Body)?.to_bytes())
    }
}

fn tls(name: String) -> Result<(TlsConnector, ServerName<'static>), String> {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        return Err("this machine has no root certificates".to_owned());
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(name).map_err(|error| error.to_string())?;
    Ok((TlsConnector::from(Arc::new(config)), name))
}
