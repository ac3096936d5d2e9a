//! `Idempotency-Key`: a repeat of a write gets the answer of the write (contract.md,
//! "Conventions").
//!
//! A handler says how its answer is made ([`super::asking::Asking::answered`]), and the store asks
//! for the answer inside the transaction; what was kept there is sent here. If a handler refuses
//! before it reaches the store, its refusal is sent to the store as well, with a write that does
//! nothing, so that it is kept.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{FromRequestParts as _, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::{Account, Actor, Refusal};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde_json::Value;
use store::{CommandError, Sender, Write};

use super::answered::{Answered, is_final};
use super::caller::MaybeCaller;
use super::keyed::{Keyed, Outcome};
use super::payload::BODY_BYTES_MAX;
use super::problem::Problem;
use super::request_id::RequestId;
use super::shown_address;
use super::whole_body::whole_body;
use crate::app::App;
use crate::error_codes::ErrorCode;

pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const KEY_BYTES_MAX: usize = 255;
/// A guest's key is tied to no account, so it must be too long to be guessed.
const GUEST_KEY_BYTES_MIN: usize = 22;

/// Where a key is ignored: a token is never kept, and a bus's position is sent again by the next
/// report, from a device that has no account.
const WITHOUT_KEYS: [&str; 2] = ["/auth/", "/tracking/"];

/// The fields of a payment that are never kept, not even in a digest.
const CARD_FIELDS: [&str; 5] = ["cardHolderName", "cardNumber", "expireMonth", "expireYear", "cvc"];

/// The layer around every request that writes.
pub(crate) async fn keyed(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let takes_key = takes_key(request.method(), request.uri().path());
    if !takes_key || !request.headers().contains_key(&IDEMPOTENCY_KEY) {
        return next.run(request).await;
    }
    answer(&app, request, next).await.unwrap_or_else(IntoResponse::into_response)
}

/// Whether a key is used at this address.
pub(super) fn takes_key(method: &Method, path: &str) -> bool {
    matches!(*method, Method::POST | Method::PUT | Method::PATCH | Method::DELETE)
        && !WITHOUT_KEYS.iter().any(|folder| path.starts_with(folder))
}

async fn answer(app: &Arc<App>, request: Request, next: Next) -> Result<Response, Problem> {
    let (mut parts, body) = request.into_parts();
    let key = key(&parts.headers)?.to_owned();
    let MaybeCaller(caller) = MaybeCaller::from_request_parts(&mut parts, app).await?;
    if caller.is_none() && key.len() < GUEST_KEY_BYTES_MIN {
        let detail = "without a login an Idempotency-Key has at least 22 characters";
        return Err(malformed(detail));
    }
    let body = whole_body(body, BODY_BYTES_MAX).await?;
    let path = parts.uri.path();
    let address = parts.uri.path_and_query().map_or(path, |address| address.as_str());
    let secrets = Arc::clone(&app.key_secrets);
    let owner = caller.map(|caller| caller.user_id);
    let body_compared = compared(path, &body);
    let request = [parts.method.as_str().as_bytes(), address.as_bytes(), &body_compared];
    let (digests, previous) = secrets.digests(owner, &key, request);
    let keyed = Keyed {
        digests,
        previous,
        instance: shown_address::shown(path).into_owned(),
        request_id: RequestId::of(&parts.extensions),
        secrets,
        outcome: Arc::default(),
        telling: std::convert::identity,
    };
    parts.extensions.insert(keyed.clone());
    let response = next.run(Request::from_parts(parts, Body::from(body))).await;
    keyed.finish(app, caller, response).await
}

fn key(headers: &HeaderMap) -> Result<&str, Problem> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    let value = values.next().filter(|_| values.next().is_none());
    let key = value.map(HeaderValue::as_bytes).and_then(|bytes| std::str::from_utf8(bytes).ok());
    let is_key = |key: &&str| {
        (1..=KEY_BYTES_MAX).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
    };
    key.filter(is_key)
        .ok_or(malformed("Idempotency-Key must be one text of 1 to 255 visible ASCII characters"))
}

fn malformed(detail: &'static str) -> Problem {
    Problem::new(ErrorCode::MALFORMED_IDEMPOTENCY_KEY, detail)
}

/// The part of a body by which two requests are compared.
fn compared(path: &str, body: &[u8]) -> Vec<u8> {
    if path != "/payments" {
        return body.to_vec();
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(mut fields)) => {
            fields.retain(|name, _| !CARD_FIELDS.contains(&name.as_str()));
            Value::Object(fields).to_string().into_bytes()
        }
        // It will be refused. It may have a card number anywhere in it.
        _ => format!("{} bytes that are no object", body.len()).into_bytes(),
    }
}

/// What is sent, once the handler has answered.
impl Keyed {
    async fn finish(
        self,
        app: &App,
        caller: Option<Account>,
        response: Response,
    ) -> Result<Response, Problem> {
        let status = response.status();
        // A failure does not say whether an answer was kept: the commit may have failed after the
        // transaction answered.
        if !is_final(status) {
            return Ok(response);
        }
        match self.take_outcome() {
            // The kept answer may have been decided by another request, and more may have happened
            // since. The answer that every repeat gets is the right one.
            Outcome::Begun => return self.kept(app, caller, response).await,
            outcome => {
                if let Some(answer) = outcome.into_answer() {
                    return Ok(answer);
                }
            }
        }
        let is_nowhere = response.extensions().get::<Problem>().is_some_and(Problem::is_nowhere);
        let answered = Answered::of(response, &self.instance, self.request_id.as_str())
            .ok_or_else(|| Problem::internal(&Refusal::KeyInFlight))?;
        if is_nowhere {
            return Ok(answered.into_response());
        }
        let first = answered.clone();
        let key = self.key(move |_| first.clone().into_response());
        let actor = caller.map_or(Actor::Anonymous, Actor::User);
        let sender = Sender { key: Some(key), ..actor.into() };
        match app.write(sender, Write::Nothing).await {
            Ok(_) | Err(CommandError::Refused(Refusal::KeyAnswered)) => {
                let kept = self.take_outcome().into_answer();
                Ok(kept.unwrap_or_else(|| answered.into_response()))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The answer that the end of the payment has kept under the key; `response` if there is none.
    async fn kept(
        self,
        app: &App,
        caller: Option<Account>,
        response: Response,
    ) -> Result<Response, Problem> {
        let actor = caller.map_or(Actor::Anonymous, Actor::User);
        // If there is none, none is made: a failure is never kept.
        let key = self.key(|_| StatusCode::SERVICE_UNAVAILABLE);
        let sender = Sender { key: Some(key), ..actor.into() };
        match app.write(sender, Write::Nothing).await {
            Err(CommandError::Refused(Refusal::KeyAnswered)) => match self.take_outcome() {
                Outcome::Repeated(answer) => Ok(answer.into_response()),
                _ => Ok(response),
            },
            Err(CommandError::Store(error)) => Err(CommandError::Store(error).into()),
            Ok(_) | Err(CommandError::Refused(_)) => Ok(response),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys() {
        let long = "k".repeat(256);
        for (value, is_key) in [
            ("k", true),
            (&long[..255], true),
            (&long[..], false),
            ("", false),
            ("two words", false),
            ("tab\t", false),
            ("ü", false),
        ] {
            let mut headers = HeaderMap::new();
            let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
            headers.insert(IDEMPOTENCY_KEY, value);
            assert_eq!(key(&headers).is_ok(), is_key, "{headers:?}");
            headers.append(IDEMPOTENCY_KEY, HeaderValue::from_static("other"));
            assert!(key(&headers).is_err(), "two keys are none");
        }
    }

    #[test]
    fn of_a_payment_the_card_is_not_compared() {
        let body = |number: &str, ticket: &str| {
            format!(r#"{{"cardNumber": "{number}", "cvc": "123", "ticketId": "{ticket}"}}"#)
        };
        let compared = |path, body: String| compared(path, body.as_bytes());
        let one = compared("/payments", body("5528", "t"));
        assert_eq!(one, br#"{"ticketId":"t"}"#);
        assert_eq!(one, compared("/payments", body("4111", "t")));
        assert_ne!(one, compared("/payments", body("5528", "u")));
        assert_eq!(compared("/holds", body("1", "t")), body("1", "t").into_bytes());
        let broken = compared("/payments", "5528 7900".to_owned());
        assert!(!String::from_utf8(broken).unwrap().contains("5528"));
    }
}
