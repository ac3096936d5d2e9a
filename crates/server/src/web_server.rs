//! Another web server that is called now and then: one connection for each request, over TLS except
//! on this machine.
//!
//! The size of its answer and the time for it are bounded.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, Uri, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// From the DNS look-up to the last byte.
const ANSWER_SECONDS_MAX: u64 = 5;
const ANSWER_BYTES_MAX: usize = 256 * 1_024;

/// One server, by the address that was configured.
pub(crate) struct WebServer {
    /// In the form of a `Host` header.
    authority: HeaderValue,
    /// Without the brackets of an IPv6 address.
    name: String,
    port: u16,
    tls: Option<(TlsConnector, ServerName<'static>)>,
}

impl fmt::Debug for WebServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebServer").field("authority", &self.authority).finish_non_exhaustive()
    }
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum WebServerError {
    #[error("it took longer than {ANSWER_SECONDS_MAX} s")]
    TooLong,
    #[error("it cannot be reached: {0}")]
    Unreachable(#[from] std::io::Error),
    #[error("it does not speak HTTP: {0}")]
    Http(#[from] hyper::Error),
    #[error("its answer cannot be read, or is longer than {ANSWER_BYTES_MAX} bytes")]
    Body,
}

impl WebServer {
    /// The server of an address; its path does not matter.
    pub(crate) fn of(url: &Uri) -> Result<Self, String> {
        let authority = url.authority().ok_or("the address has no host")?;
        let is_tls = url.scheme_str() == Some("https");
        let port = url.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
        let name = authority.host().trim_matches(['[', ']']).to_owned();
        let tls = if is_tls { Some(tls(name.clone())?) } else { None };
        // A password in an address must not go into `Host`.
        let host = match url.port_u16() {
            Some(port) => format!("{}:{port}", authority.host()),
            None => authority.host().to_owned(),
        };
        let authority = HeaderValue::try_from(host).map_err(|error| error.to_string())?;
        Ok(Self { authority, name, port, tls })
    }

    /// Sends a request, whose address is only a path here, and reads the whole answer.
    pub(crate) async fn ask(
        &self,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, WebServerError> {
        let longest = Duration::from_secs(ANSWER_SECONDS_MAX);
        let answer = tokio::time::timeout(longest, self.connect_and_ask(request)).await;
        answer.map_err(|_| WebServerError::TooLong)?
    }

    async fn connect_and_ask(
        &self,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, WebServerError> {
        let stream = TcpStream::connect((self.name.as_str(), self.port)).await?;
        match &self.tls {
            None => self.ask_over(stream, request).await,
            Some((connector, name)) => {
                self.ask_over(connector.connect(name.clone(), stream).await?, request).await
            }
        }
    }

    async fn ask_over(
        &self,
        stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
        mut request: Request<Bytes>,
    ) -> Result<Response<Bytes>, WebServerError> {
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        // It ends with the sender, at the end of this function.
        let driver = tokio::spawn(connection);
        let headers = request.headers_mut();
        headers.insert(header::HOST, self.authority.clone());
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        let (head, body) = sender.send_request(request.map(Full::new)).await?.into_parts();
        let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await;
        driver.abort();
        Ok(Response::from_parts(head, body.map_err(|_| WebServerError::Body)?.to_bytes()))
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
