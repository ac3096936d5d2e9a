//! Reads the document with the provider's keys, as part of the trace of the request that needs
//! them.

use bytes::Bytes;
use http::{Request, StatusCode, Uri, header};

use crate::traces::{TRACEPARENT, TraceContext};
use crate::web_server::{WebServer, WebServerError};

#[derive(Debug)]
pub(super) struct Fetch {
    server: WebServer,
    path: String,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    #[error(transparent)]
    Server(#[from] WebServerError),
    #[error("it answered {0}")]
    Status(StatusCode),
    #[error("its address cannot be asked for: {0}")]
    Address(#[from] http::Error),
}

impl Fetch {
    pub(super) fn new(url: &Uri) -> Result<Self, String> {
        let path = url.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        Ok(Self { server: WebServer::of(url)?, path })
    }

    pub(super) async fn document(&self) -> Result<Bytes, FetchError> {
        let mut request = Request::get(&self.path).header(header::ACCEPT, "application/json");
        // A read that belongs to no request is a trace of its own.
        if let Some(context) = TraceContext::current().or_else(TraceContext::fresh) {
            request = request.header(TRACEPARENT, context.to_header());
        }
        let answer = self.server.ask(request.body(Bytes::new())?).await?;
        match answer.status() {
            StatusCode::OK => Ok(answer.into_body()),
            status => Err(FetchError::Status(status)),
        }
    }
}
