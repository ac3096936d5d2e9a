//! The HTTP client with which the exporter reaches the collector.

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response, Uri};
use opentelemetry_http::{HttpClient, HttpError};

use crate::web_server::WebServer;

#[derive(Debug)]
pub(super) struct Collector(WebServer);

impl Collector {
    pub(super) fn at(endpoint: &Uri) -> Result<Self, String> {
        WebServer::of(endpoint).map(Self)
    }
}

#[async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, mut request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        // The request line to a server has only the path (RFC 9112, section 3.2.1).
        let path = request.uri().path_and_query().cloned();
        *request.uri_mut() = path.map(Uri::from).unwrap_or_default();
        Ok(self.0.ask(request).await?)
    }
}
