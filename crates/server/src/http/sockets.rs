//! `/sockets`: who is connected, for administrators, who can end connections or send them a
//! message.
//!
//! The list covers the server that answers, and it says which server that is. An order reaches the
//! viewers of all servers of the database.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::audit::Shown;
use domain::{Account, FieldErrors, Notice, Refusal, ViewerDeed, ViewerOrder, ViewersOf};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::asking::Asking;
use super::caller::Admin;
use super::payload::{Payload, Query};
use super::problem::Problem;
use super::reading::Reading;
use super::to_its_end::to_its_end;
use super::wire::list::{BareList, Paging};
use super::wire::socket::{Disconnection, NewNotice, Ordered, SocketBody};
use crate::app::App;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SocketQuery {
    /// The connections of this account; either this or `routeId`.
    user_id: Option<Uuid>,
    /// The connections that watch this route.
    route_id: Option<Uuid>,
}

/// Exactly one of the two must be given, and it has to exist.
async fn viewers_of(
    app: &App,
    user_id: Option<Uuid>,
    route_id: Option<Uuid>,
) -> Result<ViewersOf, Problem> {
    match (user_id, route_id) {
        (Some(id), None) => {
            app.store.user(id.into()).await?.ok_or(Refusal::AccountNotFound)?;
            Ok(ViewersOf::User(id.into()))
        }
        (None, Some(id)) => {
            app.store.head(id.into()).await?.ok_or(Refusal::RouteNotFound)?;
            Ok(ViewersOf::Route(id.into()))
        }
        (None, None) => Err(FieldErrors::one("/userId", "is required, or routeId").into()),
        (Some(_), Some(_)) => {
            Err(FieldErrors::one("/routeId", "must not be given beside userId").into())
        }
    }
}

/// The connections of an account, or of the viewers of a route (ADMIN).
///
/// Socket.IO, plain WebSocket and Server-Sent Events. Of the server that answers: each entry has
/// its `node`, which changes with each start. Viewers come and leave during the reading: they may
/// be in the list or not, and pages may shift. A connection that watches nothing is listed if it
/// has authenticated.
#[utoipa::path(get, path = "/sockets", tag = "operations", params(SocketQuery, Paging),
    security(("bearer" = [])), responses((status = 200, body = Vec<SocketBody>,
        headers(("X-Total-Count" = u64, description = "How many there are in all")))))]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Admin(actor): Admin,
    reading: Reading,
    Query(paging): Query<Paging>,
    Query(query): Query<SocketQuery>,
) -> Result<BareList<SocketBody>, Problem> {
    let page = paging.page()?;
    let of = viewers_of(&app, query.user_id, query.route_id).await?;
    let found = app.gateway.sockets(of, page);
    let mut known: Vec<_> = found.items.iter().filter_map(|socket| socket.user_id).collect();
    known.sort_unstable();
    known.dedup();
    reading.of(&app, actor, Shown::users(known, actor)).await;
    let node = app.desk.node();
    Ok(BareList(found.map(|socket| SocketBody::new(socket, node))))
}

/// End the connections of an account, or of the viewers of a route (ADMIN).
///
/// On all servers of the database, within a second. A stock Socket.IO client does not reconnect by
/// itself (`io server disconnect`); a plain WebSocket is closed with 1008; an `EventSource`
/// reconnects by itself. Clients that reconnect are let in as before: to keep a user out, disable
/// the account.
#[utoipa::path(post, path = "/sockets/disconnect", tag = "operations", request_body = Disconnection,
    security(("bearer" = [])), responses((status = 200, body = Ordered)))]
pub(crate) async fn disconnect(
    State(app): State<Arc<App>>,
    Admin(actor): Admin,
    asking: Asking,
    Payload(form): Payload<Disconnection>,
) -> Result<Json<Ordered>, Problem> {
    let viewers = viewers_of(&app, form.user_id, form.route_id).await?;
    order(&app, (asking, actor), ViewerOrder { viewers, deed: ViewerDeed::Disconnect }).await
}

/// Send a message to an account's connections, or to the viewers of a route (ADMIN).
///
/// On all servers of the database, within a second. They get the event `notice`
/// `{message, routeId?, at}`.
#[utoipa::path(post, path = "/sockets/notice", tag = "operations", request_body = NewNotice,
    security(("bearer" = [])), responses((status = 200, body = Ordered)))]
pub(crate) async fn notify(
    State(app): State<Arc<App>>,
    Admin(actor): Admin,
    asking: Asking,
    Payload(form): Payload<NewNotice>,
) -> Result<Json<Ordered>, Problem> {
    let mut errors = FieldErrors::default();
    let notice = errors.check("/message", Notice::new(&form.message));
    errors.into_result()?;
    let viewers = viewers_of(&app, form.user_id, form.route_id).await?;
    let Some(notice) = notice else { unreachable!("a message that is no notice was refused") };
    order(&app, (asking, actor), ViewerOrder { viewers, deed: ViewerDeed::Notify(notice) }).await
}

/// The order is committed first, for the audit and for other nodes; then it is carried out here. If
/// its key was used before, neither happens.
async fn order(
    app: &Arc<App>,
    by: (Asking, Account),
    order: ViewerOrder,
) -> Result<Json<Ordered>, Problem> {
    let app = Arc::clone(app);
    let carried_out = async move {
        let ordered = Ordered::new(app.desk.node(), app.gateway.count_sockets(order.viewers));
        let write = (app.desk.node(), order.clone());
        let answer = app.answer(by, write, move |_| Json(ordered)).await?;
        app.gateway.carry_out(order, app.now()).await;
        Ok(answer)
    };
    to_its_end(carried_out).await?
}
