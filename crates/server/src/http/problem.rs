//! Errors as `application/problem+json` (RFC 9457). [`told`] says which error has which status and
//! code.
//!
//! A handler returns a [`Problem`]; the layer that knows the request writes the body ([`written`]).
//! The cause of a 5xx goes to the log and never to the caller.

pub(crate) mod told;
pub(crate) mod written;

use axum::response::{IntoResponse, Response};
use domain::{FieldError, FieldErrors};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;

use crate::error_codes::ErrorCode;
use crate::json::json_of;
use crate::traces::TraceContext;

/// Seconds after which a request to a busy or stopping server may be sent again.
const RETRY_AFTER_SECONDS: u16 = 1;

const PROBLEM_JSON: &str = "application/problem+json";
/// For people: a page that says why.
const PAGE: &str = "text/html";

#[derive(Clone, Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    code: &'static ErrorCode,
    detail: String,
    errors: FieldErrors,
    /// For 429, 502 and 503.
    retry_after_seconds: u16,
    /// Only when a seat was refused because of the passenger beside it.
    seats_that_would_do: Option<Vec<u16>>,
}

/// The body of every error.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProblemBody<'a> {
    #[serde(rename = "type")]
    kind: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    instance: &'a str,
    /// Stable, snake_case: programs compare this.
    code: &'a str,
    request_id: &'a str,
    /// The trace's id, if the request came as part of a trace (`traceparent`).
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<String>,
    errors: Vec<BadField<'a>>,
    /// As `status`, for existing frontends.
    status_code: u16,
    /// As `detail`, for existing frontends.
    message: &'a str,
    /// A sentence for each of `errors`, for existing frontends.
    messages: Vec<String>,
    /// As `title`, for existing frontends.
    error: &'a str,
    /// Only with `neighbour_rule`: free seats that are allowed.
    #[serde(skip_serializing_if = "Option::is_none")]
    seats_that_would_do: Option<&'a [u16]>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BadField<'a> {
    /// RFC 6901.
    pointer: &'a str,
    message: &'a str,
}

impl Problem {
    pub(crate) fn new(code: &'static ErrorCode, detail: impl Into<String>) -> Self {
        let status = code.status();
        let (detail, errors) = (detail.into(), FieldErrors::default());
        let retry_after_seconds = RETRY_AFTER_SECONDS;
        Self { status, code, detail, errors, retry_after_seconds, seats_that_would_do: None }
    }

    /// With the status that the answer already has.
    pub(crate) fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// The same, with another text.
    pub(crate) fn saying(self, detail: String) -> Self {
        Self { detail, ..self }
    }

    /// How long to wait before the next try, for a 429, a 502 or a 503.
    pub(crate) fn retry_after_seconds(self, retry_after_seconds: u16) -> Self {
        Self { retry_after_seconds, ..self }
    }

    /// The same, about another field.
    pub(crate) fn about(self, pointer: &'static str) -> Self {
        let errors = FieldErrors::one(pointer, self.detail.clone());
        Self { errors, ..self }
    }

    /// The same, about a field inside another; what is already about a part of a booking stays.
    pub(crate) fn within(self, at: &'static str) -> Self {
        let is_told = |pointer: &str| {
            pointer.is_empty()
                || pointer.starts_with("/journeys")
                || pointer.starts_with("/contact")
        };
        let mut errors = FieldErrors::default();
        for error in self.errors.iter() {
            let pointer = match error.pointer.as_str() {
                told if is_told(told) => told.to_owned(),
                // The number in the text says which of the passengers named it.
                "/seatNumber" => format!("{at}/passengers"),
                other => format!("{at}{other}"),
            };
            errors.push(pointer, error.message.clone());
        }
        Self { errors, ..self }
    }

    pub(crate) fn field(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        FieldErrors::one(pointer, message).into()
    }

    pub(crate) fn unauthorized(detail: &'static str) -> Self {
        Self::new(ErrorCode::UNAUTHORIZED, detail)
    }

    pub(crate) fn forbidden(detail: &'static str) -> Self {
        Self::new(ErrorCode::FORBIDDEN, detail)
    }

    pub(crate) fn not_found(detail: &'static str) -> Self {
        Self::new(ErrorCode::NOT_FOUND, detail)
    }

    /// The problem for an answer that refuses without saying why. `None` if it does not refuse, or
    /// says why.
    pub(crate) fn untold(response: &Response) -> Option<Self> {
        let status = response.status();
        let has_told = || {
            let content_type = response.headers().get(header::CONTENT_TYPE);
            content_type.is_some_and(|told| told == PROBLEM_JSON || told == PAGE)
        };
        if !(status.is_client_error() || status.is_server_error()) || has_told() {
            return None;
        }
        Some(match status {
            StatusCode::UNAUTHORIZED => Self::unauthorized("the token is not valid"),
            StatusCode::FORBIDDEN => Self::forbidden("this is not allowed"),
            StatusCode::NOT_FOUND => Self::not_found("there is nothing at this address"),
            StatusCode::UPGRADE_REQUIRED => {
                Self::new(ErrorCode::UPGRADE_REQUIRED, "this address speaks WebSocket, version 13")
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                Self::unavailable("too much is going on; please try again")
            }
            _ if status.is_server_error() => Self::internal_error().with_status(status),
            _ => {
                let detail = "this request does not fit this address";
                Self::new(ErrorCode::BAD_REQUEST, detail).with_status(status)
            }
        })
    }

    /// Logs the cause and hides it from the caller.
    pub(crate) fn internal(cause: &dyn std::error::Error) -> Self {
        tracing::error!(error = %store::with_causes(cause), "a request failed");
        Self::internal_error()
    }

    fn internal_error() -> Self {
        Self::new(ErrorCode::INTERNAL_ERROR, "something went wrong on our side")
    }

    fn unavailable(detail: &'static str) -> Self {
        Self::new(ErrorCode::UNAVAILABLE, detail)
    }

    /// Whether there is no such address, or no such method at it.
    pub(crate) fn is_nowhere(&self) -> bool {
        [ErrorCode::NOT_FOUND, ErrorCode::METHOD_NOT_ALLOWED].contains(&self.code)
    }

    pub(crate) fn retry_after(&self) -> u16 {
        self.retry_after_seconds
    }

    pub(crate) fn code(&self) -> &'static str {
        self.code.name()
    }

    /// Its JSON, once request and path are known.
    pub(crate) fn body(&self, instance: &str, request_id: &str) -> Vec<u8> {
        let title = self.status.canonical_reason().unwrap_or("Error");
        let body = ProblemBody {
            kind: format!("urn:seatwire:problem:{}", self.code.name()),
            title,
            status: self.status.as_u16(),
            detail: &self.detail,
            instance,
            code: self.code.name(),
            request_id,
            // An answer that is kept under a key is written outside a request, and carries no
            // trace.
            trace_id: TraceContext::of_caller().map(TraceContext::trace_text),
            errors: self
                .errors
                .iter()
                .map(|error| BadField { pointer: &error.pointer, message: &error.message })
                .collect(),
            status_code: self.status.as_u16(),
            message: &self.detail,
            messages: self.errors.iter().map(sentence).collect(),
            error: title,
            seats_that_would_do: self.seats_that_would_do.as_deref(),
        };
        json_of(&body).into_bytes()
    }

    /// The full answer, once request and path are known.
    pub(crate) fn render(&self, instance: &str, request_id: &str) -> Response {
        let body = self.body(instance, request_id);
        let content_type = HeaderValue::from_static(PROBLEM_JSON);
        let mut response =
            (self.status, [(header::CONTENT_TYPE, content_type)], body).into_response();
        let headers = response.headers_mut();
        match self.status {
            StatusCode::UNAUTHORIZED => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::TOO_MANY_REQUESTS => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(self.retry_after_seconds));
            }
            _ => {}
        }
        response
    }
}

/// What is wrong with one field, as frontends show it: `stations.0.time must be later than …`.
fn sentence(error: &FieldError) -> String {
    let field = error.pointer.trim_start_matches('/').replace('/', ".");
    format!("{field} {}", error.message).trim_start().to_owned()
}

/// An empty answer that carries the problem to the layer that writes it out.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
