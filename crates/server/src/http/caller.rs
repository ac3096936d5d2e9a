//! Who the caller is: the bearer of the token in `Authorization`.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use domain::{Account, Actor};
use http::header::AUTHORIZATION;
use http::request::Parts;
use http_body::Body as _;
use store::StoreError;

use super::late_body::BodySender;
use super::problem::Problem;
use crate::app::App;
use crate::identity::bus_tokens;
use crate::identity::tokens::Holder;
use crate::identity::unidentified::Unidentified;

/// A caller with a good token; any other gets 401.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caller(pub(crate) Account);

/// A caller with a good token, or without a token. A bad token is 401 even where none is needed:
/// its bearer believes that it is a login.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MaybeCaller(pub(crate) Option<Account>);

/// An agent or an administrator.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Staff(pub(crate) Account);

/// An administrator.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Admin(pub(crate) Account);

/// The token of a `Bearer` header, if there is one.
pub(crate) fn bearer(headers: &http::HeaderMap) -> Option<Result<&str, Problem>> {
    let header = headers.get(AUTHORIZATION)?;
    let token = header
        .to_str()
        .ok()
        .and_then(|text| text.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim());
    Some(token.ok_or_else(no_token))
}

/// In a request's extensions: who its bearer is, looked up once for every layer and handler.
#[derive(Clone, Debug)]
struct Identified(Result<Holder, NotIdentified>);

#[derive(Clone, Copy, Debug)]
enum NotIdentified {
    NoToken,
    By(Unidentified),
}

/// Looks up the bearer of the token that a request brings. No request is refused here, because some
/// handlers need no caller.
pub(super) async fn identify(
    State(app): State<Arc<App>>,
    mut request: Request,
    next: Next,
) -> Response {
    let identified = match bearer(request.headers()) {
        None => None,
        Some(Err(_)) => Some(Err(NotIdentified::NoToken)),
        // A device on a bus has no account.
        Some(Ok(token)) if bus_tokens::digest(token).is_some() => {
            Some(Err(NotIdentified::By(Unidentified::BadToken)))
        }
        Some(Ok(token)) => Some(app.callers.identify(token).await.map_err(NotIdentified::By)),
    };
    if let Some(identified) = identified {
        if let Ok(holder) = identified
            && !request.body().is_end_stream()
        {
            request.extensions_mut().insert(BodySender::found_now(app.callers.clone(), holder));
        }
        request.extensions_mut().insert(Identified(identified));
    }
    next.run(request).await
}

/// The account behind a request, if there is one.
pub(super) fn account_of(extensions: &http::Extensions) -> Option<Account> {
    extensions.get().and_then(|Identified(identified)| Some(identified.as_ref().ok()?.actor))
}

impl FromRequestParts<Arc<App>> for MaybeCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, Problem> {
        Ok(Self(holder(parts)?.map(|holder| holder.actor)))
    }
}

/// A caller with a good token, and that token.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bearer(pub(crate) Holder);

impl FromRequestParts<Arc<App>> for Bearer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, Problem> {
        holder(parts)?.map(Self).ok_or_else(needs_login)
    }
}

fn holder(parts: &Parts) -> Result<Option<Holder>, Problem> {
    match parts.extensions.get() {
        None => Ok(None),
        Some(Identified(Ok(holder))) => Ok(Some(*holder)),
        Some(Identified(Err(NotIdentified::By(why)))) => Err((*why).into()),
        Some(Identified(Err(NotIdentified::NoToken))) => Err(no_token()),
    }
}

fn needs_login() -> Problem {
    Problem::unauthorized("this needs a login")
}

impl From<Unidentified> for Problem {
    fn from(why: Unidentified) -> Self {
        match why {
            Unidentified::BadToken => Self::unauthorized("the token is not valid or has expired"),
            Unidentified::Gone => Self::unauthorized("the account of this token is gone"),
            Unidentified::Disabled => Self::unauthorized("the account of this token is disabled"),
            Unidentified::Revoked => Self::unauthorized("this token was ended: log in again"),
            Unidentified::Unknown(_) | Unidentified::NoKeys => StoreError::Busy.into(),
        }
    }
}

fn no_token() -> Problem {
    Problem::unauthorized("send the token as `Authorization: Bearer <token>`")
}

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let MaybeCaller(actor) = MaybeCaller::from_request_parts(parts, app).await?;
        actor.map(Self).ok_or_else(needs_login)
    }
}

impl FromRequestParts<Arc<App>> for Staff {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let Caller(actor) = Caller::from_request_parts(parts, app).await?;
        Actor::from(actor).must_be_staff()?;
        Ok(Self(actor))
    }
}

impl FromRequestParts<Arc<App>> for Admin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let Caller(actor) = Caller::from_request_parts(parts, app).await?;
        Actor::from(actor).must_be_admin()?;
        Ok(Self(actor))
    }
}
