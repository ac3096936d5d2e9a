//! A caller of the REST side, and its answers.
//!
//! Every problem in an answer is checked against the one form that all problems have.

use std::io::BufReader;
use std::time::Duration;

use serde_json::Value;
use ureq::http::{HeaderMap, Request};

/// Every code that a client may get.
const ERRORS: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/errors.md"));

/// Every request is answered within this time, even on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(60);

/// A caller, with a token or without.
#[derive(Clone, Debug)]
pub struct Api {
    agent: ureq::Agent,
    url: String,
    pub token: Option<String>,
}

#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    asked: String,
}

impl Api {
    pub fn new(url: String) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(PATIENCE))
            .build();
        Self { agent: config.into(), url, token: None }
    }

    pub fn with_token(&self, token: impl Into<String>) -> Self {
        Self { token: Some(token.into()), ..self.clone() }
    }

    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], None)
    }

    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, &[], Some(body.to_string().as_bytes()))
    }

    pub fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send("PATCH", path, &[], Some(body.to_string().as_bytes()))
    }

    /// `None` if there is no answer: the server may have died.
    pub fn try_post(&self, path: &str, body: &[u8]) -> Option<Answer> {
        let mut request = Request::post(format!("{}{path}", self.url));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let request = request.header("content-type", "application/json");
        let (head, mut body) = self.agent.run(request.body(body).ok()?).ok()?.into_parts();
        let body = body.read_to_vec().ok()?;
        let asked = format!("POST {path}");
        Some(Answer { status: head.status.as_u16(), headers: head.headers, body, asked })
    }

    /// Without a body.
    pub fn call(&self, method: &str, path: &str) -> Answer {
        self.send(method, path, &[], None)
    }

    pub fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Answer {
        let request = || {
            let mut request = Request::builder().method(method).uri(format!("{}{path}", self.url));
            if let Some(token) = &self.token {
                request = request.header("authorization", format!("Bearer {token}"));
            }
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            request
        };
        let asked = format!("{method} {path}");
        let answered = match body {
            Some(body) => {
                let is_named = headers.iter().any(|(name, _)| *name == "content-type");
                let request = match is_named {
                    true => request(),
                    false => request().header("content-type", "application/json"),
                };
                self.agent.run(request.body(body).expect(&asked))
            }
            None => self.agent.run(request().body(()).expect(&asked)),
        };
        let (head, mut body) = answered.expect(&asked).into_parts();
        let body = body.read_to_vec().expect(&asked);
        Answer { status: head.status.as_u16(), headers: head.headers, body, asked }
    }

    /// A response without an end.
    pub fn stream(
        &self,
        path: &str,
        headers: &[(&str, &str)],
    ) -> BufReader<impl std::io::Read + use<>> {
        let mut request = self.agent.get(format!("{}{path}", self.url));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.call().expect(path);
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        BufReader::new(response.into_body().into_reader())
    }
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("visible ASCII"))
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("UTF-8")
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{}: {error}: {self:?}", self.asked))
    }

    /// The JSON of an answer with this status.
    #[track_caller]
    pub fn ok(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}: {}", self.asked, self.text());
        assert_eq!(self.header("content-type"), Some("application/json"), "{}", self.asked);
        self.json()
    }

    /// The body of a problem with this status and code, in the form that every problem has.
    #[track_caller]
    pub fn problem(&self, status: u16, code: &str) -> Value {
        let asked = &self.asked;
        assert_eq!(self.status, status, "{asked}: {}", self.text());
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{asked}");
        let body = self.json();
        assert_eq!(body["code"], code, "{asked}: {body}");
        assert_eq!(body["type"], format!("urn:seatwire:problem:{code}"), "{asked}");
        for (field, same) in [("status", "statusCode"), ("detail", "message"), ("title", "error")] {
            assert_eq!(body[field], body[same], "{asked}: {field} is not {same}");
        }
        assert_eq!(body["status"], status, "{asked}");
        let row = format!("| `{code}` | {status} |");
        assert!(ERRORS.contains(&row), "docs/errors.md has no row {row}");
        assert_eq!(body["requestId"].as_str(), self.header("x-request-id"), "{asked}");
        let path = asked.split_once(' ').map(|(_, path)| path).unwrap_or_default();
        let path = path.split('?').next().unwrap_or_default();
        // The token of a hold is not repeated.
        let shown = match path.strip_prefix("/holds/") {
            Some(rest) => {
                format!("/holds/{{token}}{}", rest.find('/').map_or("", |at| &rest[at..]))
            }
            None => path.to_owned(),
        };
        assert_eq!(body["instance"], shown, "{asked}");
        assert!(body["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{asked}");
        body
    }

    /// The pointers of a problem's bad fields.
    #[track_caller]
    pub fn pointers(&self) -> Vec<String> {
        let body = self.json();
        let errors = body["errors"].as_array().unwrap_or_else(|| panic!("no errors: {body}"));
        errors.iter().map(|error| error["pointer"].as_str().expect("text").to_owned()).collect()
    }
}
