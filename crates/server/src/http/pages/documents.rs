//! The documents under `/docs`, as the build made them from the repository (crate `site`).
//!
//! They are part of the program's file, plain and compressed: a page that is not read takes no
//! memory.

use axum::response::{IntoResponse, Redirect, Response};
use http::HeaderMap;

use super::embedded::{common_headers, file};
use super::packed::Packed;
use crate::http::payload::Name;

include!(concat!(env!("OUT_DIR"), "/documents.rs"));

/// The pages' links are relative to their folder.
pub(super) async fn at_its_folder() -> Redirect {
    Redirect::permanent("/docs/")
}

pub(super) async fn first(headers: HeaderMap) -> Response {
    answer("index.html", &headers)
}

pub(super) async fn show(Name(name): Name, headers: HeaderMap) -> Response {
    answer(&name, &headers)
}

fn answer(name: &str, headers: &HeaderMap) -> Response {
    match FILES.iter().find(|(known, _)| *known == name) {
        Some((_, packed)) => packed.answer(headers, common_headers()),
        None => file(None, headers).into_response(),
    }
}
