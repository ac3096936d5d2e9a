//! `/openapi.json`: OpenAPI 3.1, made from the handlers themselves.

use axum::response::IntoResponse;
use bytes::Bytes;
use http::{HeaderValue, header};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Components, Info, OpenApi};
use utoipa::{OpenApi as _, PartialSchema, ToSchema};

use super::problem::ProblemBody;

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
) -> impl Clone + Fn() -> std::future::Ready<axum::response::Response> {
    conditions::describe(&mut document);
    completed::complete(&mut document);
    let json = Bytes::from(document.to_json().unwrap_or_default());
    move || {
        let content_type = HeaderValue::from_static("application/json");
        std::future::ready(([(header::CONTENT_TYPE, content_type)], json.clone()).into_response())
    }
}
