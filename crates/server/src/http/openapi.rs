//! `/openapi.json`: OpenAPI 3.1, made from the handlers themselves.

use std::future::{Ready, ready};
use std::io::{self, Read as _, Write as _};

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use flate2::Compression;
use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;
use http::{HeaderMap, HeaderValue, header};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Components, Info, OpenApi};
use utoipa::{OpenApi as _, PartialSchema, ToSchema};

use super::pages::takes_gzip;
use super::problem::{Problem, ProblemBody};

mod completed;
mod conditions;

#[derive(utoipa::OpenApi)]
struct Base;

/// The document before the handlers are added to it.
pub(crate) fn base() -> OpenApi {
    let mut document = Base::openapi();
    document.info = Info::new("Seatwire", env!("CARGO_PKG_VERSION"));
    document.info.description = Some(
        "The live seat inventory of a bus company. Errors are application/problem+json (RFC 9457); \
         lists that are bare arrays carry X-Total-Count. A list is counted up to 10,000; when there are \
         more, X-Total-Count-Limited (or meta.limited) is true, and pages end at the 10,000th entry: \
         what a page skips is paid for, so what lies further is found with a filter. A search that \
         combines what no index has together looks at 5,000 tickets, newest first, and says that it \
         is limited when there are more. Seat changes are told live over Socket.IO \
         (namespace /seats), plain WebSocket (/seats) and Server-Sent Events."
            .to_owned(),
    );
    let components = document.components.get_or_insert_with(Components::new);
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
    components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    let mut schemas = vec![(ProblemBody::name().into_owned(), ProblemBody::schema())];
    ProblemBody::schemas(&mut schemas);
    components.schemas.extend(schemas);
    document
}

/// The handler of `/openapi.json`. A third of a megabyte is kept compressed, for the few who read it.
pub(crate) fn document(
    mut document: OpenApi,
) -> impl Clone + Fn(HeaderMap) -> Ready<Result<Response, Problem>> {
    conditions::describe(&mut document);
    completed::complete(&mut document);
    let packed = match document.to_json().map_err(io::Error::from).and_then(packed) {
        Ok(packed) => Bytes::from(packed),
        Err(error) => unreachable!("made of our own types, and written to memory: {error}"),
    };
    move |headers| ready(answer(&packed, &headers))
}

fn answer(packed: &Bytes, headers: &HeaderMap) -> Result<Response, Problem> {
    let told = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::VARY, HeaderValue::from_static("accept-encoding")),
    ];
    if takes_gzip(headers) {
        let coding = [(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"))];
        return Ok((told, coding, packed.clone()).into_response());
    }
    let json = unpacked(packed).map_err(|error| Problem::internal(&error))?;
    Ok((told, json).into_response())
}

fn packed(json: String) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(json.as_bytes())?;
    encoder.finish()
}

fn unpacked(packed: &[u8]) -> io::Result<Vec<u8>> {
    let mut json = Vec::new();
    GzDecoder::new(packed).read_to_end(&mut json)?;
    Ok(json)
}
