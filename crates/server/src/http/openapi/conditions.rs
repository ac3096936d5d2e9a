//! What the document says of keys and versions: `Idempotency-Key` and `If-Match` in requests,
//! `ETag` and `Idempotent-Replayed` in answers, 412 and 422.
//!
//! It is said here once, by one rule for all operations, and not by the handlers: an operation
//! takes a key where the layer of keys takes one; an answer has a tag if its shape has a version;
//! an operation takes a version if it changes a thing that has one.

use http::Method;
use utoipa::ToSchema as _;
use utoipa::openapi::path::{
    HttpMethod, Operation, Parameter, ParameterBuilder, ParameterIn, PathItem,
};
use utoipa::openapi::{
    Content, Header, HeaderBuilder, ObjectBuilder, OpenApi, Ref, RefOr, Required, Response,
    ResponseBuilder, Type,
};

use super::super::idempotency;
use super::super::problem::ProblemBody;

/// Shapes of things that have a version.
const TAGGED: [&str; 10] = [
    "Account",
    "Booking",
    "Bus",
    "Route",
    "RouteWithTickets",
    "SeatLayout",
    "ShownBooking",
    "ShownTicket",
    "Station",
    "Ticket",
];

/// Changes a ticket, but its address is not the ticket's.
const REFUND: &str = "/payments/refund/{id}";

const METHODS: [(HttpMethod, Method); 5] = [
    (HttpMethod::Get, Method::GET),
    (HttpMethod::Put, Method::PUT),
    (HttpMethod::Post, Method::POST),
    (HttpMethod::Patch, Method::PATCH),
    (HttpMethod::Delete, Method::DELETE),
];

pub(super) fn describe(document: &mut OpenApi) {
    let tagged: Vec<String> = document
        .paths
        .paths
        .iter()
        .filter(|(_, item)| item.get.as_ref().is_some_and(shows_a_version))
        .map(|(path, _)| path.clone())
        .collect();
    for (path, item) in &mut document.paths.paths {
        for (of, method) in METHODS {
            let Some(operation) = operation(item, &of) else { continue };
            if shows_a_version(operation) {
                let about = "The version of what is shown; not of what guests see of it";
                answers(operation, |response| note(response, "ETag", about));
            }
            if idempotency::takes_key(&method, path) {
                take_key(operation);
            }
            if takes_version(&tagged, &method, path) {
                take_version(operation);
            }
        }
    }
}

fn operation<'a>(item: &'a mut PathItem, method: &HttpMethod) -> Option<&'a mut Operation> {
    match method {
        HttpMethod::Get => item.get.as_mut(),
        HttpMethod::Put => item.put.as_mut(),
        HttpMethod::Post => item.post.as_mut(),
        HttpMethod::Patch => item.patch.as_mut(),
        HttpMethod::Delete => item.delete.as_mut(),
        _ => None,
    }
}

fn shows_a_version(operation: &Operation) -> bool {
    let shapes = operation.responses.responses.iter().filter(|(status, _)| is_success(status));
    shapes.filter_map(|(_, response)| shape(response)).any(|shape| TAGGED.contains(&shape))
}

fn is_success(status: &str) -> bool {
    status.starts_with('2')
}

/// The name of the shape that an answer has.
fn shape(response: &RefOr<Response>) -> Option<&str> {
    let RefOr::T(response) = response else { return None };
    let RefOr::T(content) = response.content.get("application/json")? else { return None };
    match content.schema.as_ref()? {
        RefOr::Ref(reference) => reference.ref_location.rsplit('/').next(),
        RefOr::T(_) => None,
    }
}

/// Changes and deletes a thing with a version, or takes a step with it (`/confirm`).
fn takes_version(tagged: &[String], method: &Method, path: &str) -> bool {
    let is_tagged = |path: &str| tagged.iter().any(|tagged| tagged == path);
    match *method {
        Method::PATCH | Method::PUT => {
            let parent = path.rsplit_once('/').map_or(path, |(parent, _)| parent);
            is_tagged(path) || is_tagged(parent)
        }
        Method::DELETE => is_tagged(path),
        Method::POST => path == REFUND,
        _ => false,
    }
}

fn take_key(operation: &mut Operation) {
    let about = "The write acts once, however often it is sent with this key: 1 to 255 visible ASCII \
                 characters, 22 at the least without a login. Kept for 24 hours";
    parameter(operation, "Idempotency-Key", about);
    let about = "`true` where this is the answer of the first request under this key";
    answers(operation, |response| note(response, "Idempotent-Replayed", about));
    let about = "The key was used for another request before (`idempotency_key_reused`)";
    refuse(operation, "422", about);
}

fn take_version(operation: &mut Operation) {
    let about = "The tag of the version on which the write is made";
    parameter(operation, "If-Match", about);
    let about = "There is another version by now (`precondition_failed`)";
    refuse(operation, "412", about);
}

fn parameter(operation: &mut Operation, name: &str, about: &str) {
    let text = ObjectBuilder::new().schema_type(Type::String);
    let parameter: Parameter = ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(about))
        .schema(Some(text))
        .build();
    operation.parameters.get_or_insert_default().push(parameter.into());
}

fn answers(operation: &mut Operation, mut change: impl FnMut(&mut Response)) {
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response
            && is_success(status)
        {
            change(response);
        }
    }
}

fn note(response: &mut Response, name: &str, about: &str) {
    let text = ObjectBuilder::new().schema_type(Type::String);
    let header: Header = HeaderBuilder::new().schema(Some(text)).description(Some(about)).build();
    response.headers.insert(name.to_owned(), header.into());
}

fn refuse(operation: &mut Operation, status: &str, about: &str) {
    let schema = Ref::from_schema_name(ProblemBody::name());
    let problem = ResponseBuilder::new()
        .description(about)
        .content("application/problem+json", Content::new(Some(RefOr::from(schema))))
        .build();
    operation.responses.responses.insert(status.to_owned(), RefOr::T(problem));
}
