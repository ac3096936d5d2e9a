//! Reading what callers send: bodies and queries, with one clear answer for any fault.

use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use domain::FieldErrors;
use http::request::Parts;
use serde::de::DeserializeOwned;
use utoipa::PartialSchema;
use uuid::Uuid;

use super::bad_fields::{self, Misfit, push_key};
use super::late_body::BodySender;
use super::problem::Problem;
use super::strict_json::{HAS_NUL, Strict};
use super::whole_body::{BodyError, whole_body};
use crate::error_codes::ErrorCode;

/// The largest body of a request, in bytes.
pub(crate) const BODY_BYTES_MAX: usize = 64 * 1024;

/// A JSON body. Unknown fields are refused by name, at any depth.
#[derive(Debug)]
pub(crate) struct Payload<T>(pub(crate) T);

impl<T: DeserializeOwned + PartialSchema, S: Send + Sync> FromRequest<S> for Payload<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        parse(&body_of(request).await?).map(Self)
    }
}

/// A JSON body that may be missing.
pub(crate) async fn payload_if_any<T: DeserializeOwned + PartialSchema>(
    request: Request,
) -> Result<Option<T>, Problem> {
    let body = body_of(request).await?;
    if body.is_empty() { Ok(None) } else { parse(&body).map(Some) }
}

/// From a caller who may still send it when it is there.
async fn body_of(request: Request) -> Result<Vec<u8>, Problem> {
    let sender = BodySender::of(&request);
    let body = whole_body(request.into_body(), BODY_BYTES_MAX).await?;
    if let Some(sender) = sender {
        sender.may_still_send().await?;
    }
    Ok(body)
}

impl From<BodyError> for Problem {
    fn from(error: BodyError) -> Self {
        let code = match error {
            BodyError::TooLarge { .. } => ErrorCode::PAYLOAD_TOO_LARGE,
            BodyError::Broken(_) => ErrorCode::MALFORMED_BODY,
        };
        Self::new(code, error.to_string())
    }
}

fn parse<T: DeserializeOwned + PartialSchema>(body: &[u8]) -> Result<T, Problem> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let is_object = body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
    match serde_path_to_error::deserialize(Strict(&mut deserializer)) {
        Err(error) if !error.inner().is_data() => Err(malformed(error.inner())),
        _ if !is_object => Err(Problem::field("", "must be a JSON object")),
        Ok(value) => {
            deserializer.end().map_err(|cause| malformed(&cause))?;
            Ok(value)
        }
        Err(error) => {
            let first = Misfit::new(error.path(), &error.inner().to_string());
            let errors = bad_fields::all::<T>(body, first).map_err(|cause| malformed(&cause))?;
            Err(errors.into())
        }
    }
}

fn malformed(cause: &serde_json::Error) -> Problem {
    let detail = format!("the body is not JSON: {cause}");
    Problem::new(ErrorCode::MALFORMED_JSON, detail)
}

/// Whatever is no number there begins at the head: 400 would end an `EventSource` for good.
const LENIENT: &str = "lastEventId";

/// The query of a request's address.
#[derive(Debug)]
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        // `?date=&type=VIP`: an empty field of a form was not filled in.
        let filled: Vec<(String, String)> =
            serde_urlencoded::from_str(parts.uri.query().unwrap_or_default())
                .map(|pairs: Vec<(String, String)>| {
                    pairs.into_iter().filter(|(_, value)| !value.is_empty()).collect()
                })
                .map_err(|_| Problem::field("", "the query is malformed"))?;
        let has_nul = |(name, value): &&(String, String)| name != LENIENT && value.contains('\0');
        if let Some((name, _)) = filled.iter().find(has_nul) {
            let mut pointer = String::new();
            push_key(&mut pointer, name);
            return Err(Problem::field(pointer, HAS_NUL));
        }
        let pairs = filled.into_iter();
        let deserializer = serde::de::value::MapDeserializer::<_, serde::de::value::Error>::new(
            pairs.map(|(key, value)| (key, Loose(value))),
        );
        serde_path_to_error::deserialize(deserializer).map(Self).map_err(|error| {
            FieldErrors::from(Misfit::new(error.path(), &error.inner().to_string())).into()
        })
    }
}

/// A query's value: text that also reads as a number or a boolean where one is wanted.
struct Loose(String);

impl<'de> serde::de::IntoDeserializer<'de, serde::de::value::Error> for Loose {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> serde::Deserializer<'de> for Loose {
    type Error = serde::de::value::Error;

    fn deserialize_any<V: serde::de::Visitor<'de>>(
        self,
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        visitor.visit_string(self.0)
    }

    fn deserialize_option<V: serde::de::Visitor<'de>>(
        self,
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: serde::de::Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_bool<V: serde::de::Visitor<'de>>(
        self,
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        match self.0.as_str() {
            "true" | "1" => visitor.visit_bool(true),
            "false" | "0" => visitor.visit_bool(false),
            _ => Err(serde::de::Error::custom("must be true or false")),
        }
    }

    fn deserialize_u64<V: serde::de::Visitor<'de>>(
        self,
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        match self.0.parse() {
            Ok(number) => visitor.visit_u64(number),
            Err(_) => Err(serde::de::Error::custom("must be a whole number, 0 or more")),
        }
    }

    serde::forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u16 u32 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// The text in a path that is a name.
#[derive(Clone, Debug)]
pub(crate) struct Name(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Name {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let named = Path::<String>::from_request_parts(parts, state).await;
        let Path(text) = named.map_err(|_| Problem::field("", "the path is not UTF-8"))?;
        if text.contains('\0') { Err(Problem::field("", HAS_NUL)) } else { Ok(Self(text)) }
    }
}

/// The id in a path; text that is not a UUID names nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Id(pub(crate) Uuid);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let not_an_id = || Problem::field("", "the id in the path must be a UUID");
        let Name(text) = Name::from_request_parts(parts, state).await.map_err(|_| not_an_id())?;
        Uuid::parse_str(&text).map(Self).map_err(|_| not_an_id())
    }
}
