//! Query parameters that nobody asked for are refused by name, as unknown fields of a body are: who
//! misspells `minPrice` is to be told so, not shown everything.
//!
//! What is known is read from the OpenAPI document, so that the document cannot lie about it.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::FieldErrors;
use http::Method;
use utoipa::openapi::path::{Operation, Parameter, ParameterIn};
use utoipa::openapi::{OpenApi, RefOr};

use super::bad_fields::{BAD_FIELDS_MAX, NOT_KNOWN, push_key};
use super::problem::Problem;

/// Addresses of ours that are in no OpenAPI document, and what theirs may carry.
const OTHERS: [(&str, &[&str]); 2] = [("/seats", &["token"]), ("/openapi.json", &[])];

type ByMethod = HashMap<Method, Vec<String>>;

/// For each address of ours, the names that its query may have.
#[derive(Clone)]
pub(crate) struct KnownParameters(Arc<matchit::Router<ByMethod>>);

impl KnownParameters {
    pub(crate) fn of(document: &OpenApi) -> Self {
        let mut addresses = matchit::Router::new();
        let mut add = |path: &str, by_method| {
            let added = addresses.insert(path, by_method);
            // The router of the handlers is made of the same addresses by the same library.
            assert!(added.is_ok(), "two addresses cannot be told apart: {path}");
        };
        for (path, item) in &document.paths.paths {
            let operations = [
                (Method::GET, &item.get),
                (Method::PUT, &item.put),
                (Method::POST, &item.post),
                (Method::PATCH, &item.patch),
                (Method::DELETE, &item.delete),
            ];
            let known = |operation: &Option<Operation>| operation.as_ref().map(query_names);
            let by_method: ByMethod = operations
                .into_iter()
                .filter_map(|(method, operation)| Some((method, known(operation)?)))
                .collect();
            add(path, by_method);
        }
        for (path, names) in OTHERS {
            let names = names.iter().map(|name| (*name).to_owned()).collect();
            add(path, ByMethod::from([(Method::GET, names)]));
        }
        Self(Arc::new(addresses))
    }

    fn check(&self, method: &Method, path: &str, query: &str) -> Result<(), FieldErrors> {
        let Ok(found) = self.0.at(path) else { return Ok(()) };
        let method = if method == Method::HEAD { &Method::GET } else { method };
        let Some(known) = found.value.get(method) else { return Ok(()) };
        // A query that cannot be read is refused by whoever reads it.
        let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query).unwrap_or_default();
        let mut errors = FieldErrors::default();
        let unknown = pairs.iter().map(|(name, _)| name).filter(|name| !known.contains(name));
        for name in unknown.take(BAD_FIELDS_MAX) {
            let mut pointer = String::new();
            push_key(&mut pointer, name);
            errors.push(pointer, NOT_KNOWN);
        }
        errors.into_result()
    }
}

fn query_names(operation: &Operation) -> Vec<String> {
    let name = |parameter: &RefOr<Parameter>| match parameter {
        RefOr::T(parameter) if parameter.parameter_in == ParameterIn::Query => {
            Some(parameter.name.clone())
        }
        // The document refers to no parameter that stands elsewhere in it.
        _ => None,
    };
    operation.parameters.iter().flatten().filter_map(name).collect()
}

pub(crate) async fn refuse_unknown(
    State(known): State<KnownParameters>,
    request: Request,
    next: Next,
) -> Response {
    let uri = request.uri();
    let query = uri.query().filter(|query| !query.is_empty());
    match query.map(|query| known.check(request.method(), uri.path(), query)) {
        Some(Err(errors)) => Problem::from(errors).into_response(),
        _ => next.run(request).await,
    }
}
