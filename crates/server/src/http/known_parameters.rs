//! Unknown query parameters are refused by name, as unknown fields of a body are: a caller that
//! misspells `minPrice` must learn of it, and not get every departure.

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use domain::FieldErrors;

use super::address::Address;
use super::bad_fields::{BAD_FIELDS_MAX, NOT_KNOWN, push_key};
use super::problem::Problem;

pub(super) fn refuse_unknown(request: &Request) -> Option<Response> {
    let query = request.uri().query().filter(|query| !query.is_empty())?;
    let known = Address::of(request.extensions())?.query_names(request.method())?;
    let errors = check(known, query).err()?;
    Some(Problem::from(errors).into_response())
}

fn check(known: &[String], query: &str) -> Result<(), FieldErrors> {
    // A query that cannot be parsed is refused by the handler that parses it.
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
