//! `/openapi.json`: OpenAPI 3.1, made from the handlers themselves.

use std::future::{Ready, ready};
use std::io::{self, Read as _, Write as _};
use std::sync::{Arc, Weak};

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use flate2::Compression;
use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;
use http::{HeaderMap, HeaderValue, header};
use parking_lot::Mutex;
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

/// The handler of `/openapi.json`.
pub(crate) fn document(
    mut document: OpenApi,
) -> impl Clone + Fn(HeaderMap) -> Ready<Result<Response, Problem>> {
    conditions::describe(&mut document);
    completed::complete(&mut document);
    let packed = match document.to_json().map_err(io::Error::from).and_then(packed) {
        Ok(packed) => Arc::new(Packed::new(packed)),
        Err(error) => unreachable!("made of our own types, and written to memory: {error}"),
    };
    move |headers| ready(packed.answer(&headers))
}

/// A fifth of a megabyte is kept compressed, for the few who read it.
struct Packed {
    gzip: Bytes,
    /// One copy for all to whom it is being sent: whoever asks for it many times and reads nothing
    /// must not take that memory as often.
    json: Mutex<Option<Weak<[u8]>>>,
}

impl Packed {
    fn new(gzip: Vec<u8>) -> Self {
        Self { gzip: Bytes::from(gzip), json: Mutex::default() }
    }

    fn answer(&self, headers: &HeaderMap) -> Result<Response, Problem> {
        let told = [
            (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
            (header::VARY, HeaderValue::from_static("accept-encoding")),
        ];
        if takes_gzip(headers) {
            let coding = [(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"))];
            return Ok((told, coding, self.gzip.clone()).into_response());
        }
        let json = self.json().map_err(|error| Problem::internal(&error))?;
        Ok((told, Bytes::from_owner(json)).into_response())
    }

    fn json(&self) -> io::Result<Arc<[u8]>> {
        let mut kept = self.json.lock();
        if let Some(json) = kept.as_ref().and_then(Weak::upgrade) {
            return Ok(json);
        }
        let mut json = Vec::new();
        GzDecoder::new(&*self.gzip).read_to_end(&mut json)?;
        let json = Arc::from(json);
        *kept = Some(Arc::downgrade(&json));
        Ok(json)
    }
}

fn packed(json: String) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(json.as_bytes())?;
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_who_are_being_sent_it_share_one_copy_and_it_goes_with_the_last() {
        let document = Packed::new(packed("{\"openapi\":\"3.1.0\"}".to_owned()).unwrap());
        let (one, other) = (document.json().unwrap(), document.json().unwrap());
        assert_eq!(&*one, b"{\"openapi\":\"3.1.0\"}");
        assert!(Arc::ptr_eq(&one, &other));
        let kept = document.json.lock().clone().unwrap();
        drop((one, other));
        assert!(kept.upgrade().is_none());
        assert_eq!(&*document.json().unwrap(), b"{\"openapi\":\"3.1.0\"}");
    }
}
