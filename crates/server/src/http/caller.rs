//! Who calls: the bearer of the token in `Authorization`.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use domain::{Account, Actor, Role};
use http::header::AUTHORIZATION;
use http::request::Parts;

use super::problem::Problem;
use crate::app::App;
use crate::identity::tokens::Holder;

/// Somebody with a good token; anybody else gets 401.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caller(pub(crate) Account);

/// Somebody with a good token, or nobody. A bad token is 401 even where none is needed: its bearer
/// believes to be somebody.
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
    Some(token.ok_or(Problem::unauthorized("send the token as `Authorization: Bearer <token>`")))
}

impl FromRequestParts<Arc<App>> for MaybeCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let Some(token) = bearer(&parts.headers) else { return Ok(Self(None)) };
        identified(app, token?).await.map(Some).map(Self)
    }
}

/// Whose token this is. A good signature is not enough: after the database was replaced, the tokens
/// of its people are still well signed, and name nobody.
pub(crate) async fn identified(app: &App, token: &str) -> Result<Account, Problem> {
    holder(app, token).await.map(|holder| holder.actor)
}

/// Whose token this is, and until when.
pub(crate) async fn holder(app: &App, token: &str) -> Result<Holder, Problem> {
    let holder = app
        .tokens
        .holder(token, app.now())
        .map_err(|_| Problem::unauthorized("the token is not valid or has expired"))?;
    let user = app.store.user(holder.actor.user_id).await?;
    let user = user.ok_or(Problem::unauthorized("the account of this token is gone"))?;
    if user.disabled_at.is_some() {
        return Err(Problem::unauthorized("the account of this token is disabled"));
    }
    Ok(Holder { actor: Account { role: user.role, ..holder.actor }, ..holder })
}

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let MaybeCaller(actor) = MaybeCaller::from_request_parts(parts, app).await?;
        actor.map(Self).ok_or(Problem::unauthorized("this needs a login"))
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

/// Whether a caller counts as staff where both are served.
pub(crate) fn is_staff(actor: Option<Account>) -> bool {
    actor.is_some_and(|actor| Role::is_staff(actor.role))
}
