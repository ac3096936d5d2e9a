//! The layer that writes problems out: whatever refused a request, its answer gets its body here.
//!
//! Only `/socket.io/` has its own kind of errors.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::header;

use super::Problem;
use crate::http::request_id::RequestId;
use crate::http::{engine_io, shown_address};

/// In an answer's extensions: the code of the problem that was sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Told(pub(crate) &'static str);

pub(crate) async fn write_out(request: Request, next: Next) -> Response {
    let id = RequestId::of(request.extensions());
    let address = request.uri().clone();
    let mut response = next.run(request).await;
    let problem = response.extensions_mut().remove::<Problem>();
    // A layer, a library or the endpoint of plain websockets refused it.
    let untold = || Problem::untold(&response).filter(|_| !engine_io::is_its(address.path()));
    let Some(problem) = problem.or_else(untold) else { return response };
    let mut written = problem.render(&shown_address::shown(address.path()), id.as_str());
    // Headers that other layers added to the empty answer (CORS) belong to the full one.
    for (name, value) in response.headers() {
        if *name != header::CONTENT_LENGTH && *name != header::CONTENT_TYPE {
            written.headers_mut().entry(name).or_insert_with(|| value.clone());
        }
    }
    written.extensions_mut().insert(Told(problem.code()));
    written
}
