//! What `/openapi.json` says of every operation without its handler saying so: a unique name, texts
//! for its statuses, the problems that it can answer with, and that a token is optional unless the
//! handler says otherwise.
//!
//! Tools that read the document ask for these (linters, generators of typed clients); a handler has
//! nothing to add to them.

use http::StatusCode;
use utoipa::ToSchema as _;
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{AnyOf, Schema};
use utoipa::openapi::{
    Content, License, OpenApi, Ref, RefOr, Response, ResponseBuilder, SecurityRequirement, Server,
};

use crate::http::problem::ProblemBody;

pub(super) fn complete(document: &mut OpenApi) {
    document.servers = Some(vec![Server::new("/")]);
    let mut license = License::new("Apache-2.0");
    license.identifier = Some("Apache-2.0".to_owned());
    document.info.license = Some(license);
    // Either no token or one: a handler that needs a token says so itself.
    let token = SecurityRequirement::new("bearer", Vec::<String>::new());
    document.security = Some(vec![SecurityRequirement::default(), token]);

    let problem = problem();
    for (path, item) in &mut document.paths.paths {
        let operations = [
            ("get", &mut item.get),
            ("put", &mut item.put),
            ("post", &mut item.post),
            ("patch", &mut item.patch),
            ("delete", &mut item.delete),
        ];
        for (method, operation) in operations {
            let Some(operation) = operation else { continue };
            operation.operation_id = Some(name(method, path));
            describe(operation, &problem);
        }
    }
    for schema in document.components.iter_mut().flat_map(|all| all.schemas.values_mut()) {
        allow_both(schema);
    }
}

fn problem() -> Response {
    let schema = Ref::from_schema_name(ProblemBody::name());
    ResponseBuilder::new()
        .description("A problem")
        .content("application/problem+json", Content::new(Some(RefOr::from(schema))))
        .build()
}

/// Handlers in different files can have the same name; a method at a path is unique.
fn name(method: &str, path: &str) -> String {
    let mut name = method.to_owned();
    for part in path.split('/').filter(|part| !part.is_empty()) {
        let (by, part) = match part.strip_prefix('{') {
            Some(parameter) => ("By", parameter.trim_end_matches('}')),
            None => ("", part),
        };
        name.push_str(by);
        for word in part.split(['-', '_']) {
            let mut letters = word.chars();
            name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
            name.push_str(letters.as_str());
        }
    }
    name
}

fn describe(operation: &mut Operation, problem: &Response) {
    let responses = &mut operation.responses.responses;
    for status in ["4XX", "default"] {
        responses.entry(status.to_owned()).or_insert_with(|| RefOr::T(problem.clone()));
    }
    for (status, response) in responses {
        let RefOr::T(response) = response else { continue };
        if response.description.is_empty() {
            let known = status.parse().ok().and_then(|code| StatusCode::from_u16(code).ok());
            let reason = known.and_then(|code| code.canonical_reason());
            response.description = reason.unwrap_or(status).to_owned();
        }
    }
}

/// A union of these shapes does not say how to tell them apart, and some include others: a whole
/// ticket is also a public one.
fn allow_both(schema: &mut RefOr<Schema>) {
    let RefOr::T(Schema::OneOf(one)) = schema else { return };
    if !one.items.iter().all(|item| matches!(item, RefOr::Ref(_))) {
        return;
    }
    let (items, description) = (one.items.clone(), one.description.clone());
    *schema = RefOr::T(Schema::AnyOf(AnyOf { items, description, ..AnyOf::new() }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (method, path, expected) in [
            ("get", "/routes", "getRoutes"),
            ("get", "/routes/{id}/events", "getRoutesByIdEvents"),
            ("delete", "/routes/{id}/blocks/{block_id}", "deleteRoutesByIdBlocksByBlockId"),
            ("get", "/tickets/my-tickets", "getTicketsMyTickets"),
        ] {
            assert_eq!(name(method, path), expected);
        }
    }
}
