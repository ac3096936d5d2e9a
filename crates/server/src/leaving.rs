//! Whether this server is about to stop: it still serves, but wants no new clients.
//!
//! A load balancer learns it from `/health/ready`, a client that keeps its connection from
//! `Connection: close`: so no request is sent at the moment when the connection is closed.

use axum::response::Response;
use http::header::{CONNECTION, HeaderValue};
use http::{StatusCode, Version};
use tokio_util::sync::CancellationToken;

/// A cheap handle.
#[derive(Clone, Debug, Default)]
pub(crate) struct Leaving(CancellationToken);

impl Leaving {
    /// The server is about to stop, from now on.
    pub(crate) fn begin(&self) {
        self.0.cancel();
    }

    pub(crate) fn has_begun(&self) -> bool {
        self.0.is_cancelled()
    }

    /// Asks the client that gets this answer to use another connection next time.
    pub(crate) fn ask_to_go(&self, mut response: Response) -> Response {
        let is_asked = self.has_begun()
            && response.version() <= Version::HTTP_11
            && response.status() != StatusCode::SWITCHING_PROTOCOLS;
        if is_asked {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whoever_leaves_ends_its_connections() {
        let leaving = Leaving::default();
        let answered = |status: StatusCode| {
            let mut response = Response::default();
            *response.status_mut() = status;
            leaving.ask_to_go(response).headers().contains_key(CONNECTION)
        };
        assert!(!answered(StatusCode::OK));
        leaving.begin();
        assert!(answered(StatusCode::OK) && answered(StatusCode::SERVICE_UNAVAILABLE));
        assert!(!answered(StatusCode::SWITCHING_PROTOCOLS), "a websocket is told otherwise");
    }
}
