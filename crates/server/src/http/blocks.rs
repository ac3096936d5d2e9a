//! `/routes/{id}/blocks`: seats that staff take off the sale, and give back.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use booking::BlockRequest;
use domain::{Block, Refusal};
use http::StatusCode;
use store::Paged;
use uuid::Uuid;

use super::asking::Asking;
use super::caller::Staff;
use super::payload::{Id, Payload};
use super::problem::Problem;
use super::problem::told::about_seats;
use super::wire::hold::{BlockBody, NewBlock};
use super::wire::list::Paging;
use super::wire::list_at_once::{ListAtOnce, ROWS_AT_ONCE_MAX};
use crate::app::App;

/// Take free seats off the sale (staff), on the whole route or between two of its stops.
///
/// Travellers see them as sold, staff as `BLOCKED`.
#[utoipa::path(post, path = "/routes/{id}/blocks", tag = "routes", request_body = NewBlock,
    params(("id" = Uuid, Path)), security(("bearer" = [])),
    responses((status = 201, body = BlockBody)))]
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    Staff(actor): Staff,
    asking: Asking,
    Id(id): Id,
    Payload(form): Payload<NewBlock>,
) -> Result<(StatusCode, Json<BlockBody>), Problem> {
    let request = BlockRequest {
        route_id: id.into(),
        from_city: form.from_city,
        to_city: form.to_city,
        seat_numbers: form.seat_numbers,
        reason: form.reason,
    };
    let show = |block: Block| (StatusCode::CREATED, Json(BlockBody::from(block)));
    let sender = asking.without_version().telling(about_seats);
    let sender = sender.answered(actor, move |done| show(done.answer().into_block()));
    let blocked = app.desk.block(sender, request).await;
    Ok(show(blocked.map_err(|error| about_seats(error.into()))?))
}

/// The blocks of a route (staff), oldest first: without `page` and `limit` all at once.
#[utoipa::path(get, path = "/routes/{id}/blocks", tag = "routes",
    params(("id" = Uuid, Path), Paging), security(("bearer" = [])),
    responses((status = 200, body = Vec<BlockBody>,
        headers(("X-Total-Count" = u64, description = "How many there are in all"),
            ("Link" = String, description = "`rel=\"next\"`, where there is more")))))]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    _: Staff,
    Id(id): Id,
    list: ListAtOnce<ROWS_AT_ONCE_MAX>,
) -> Result<Response, Problem> {
    app.store.head(id.into()).await?.ok_or(Refusal::RouteNotFound)?;
    // Each block has at least one seat that no other block has, so there are few of them.
    let blocks = Paged::whole(app.store.blocks(id.into()).await?);
    list.answer_from(blocks.map(BlockBody::from))
}

/// Give blocked seats back (staff).
#[utoipa::path(delete, path = "/routes/{id}/blocks/{block_id}", tag = "routes",
    params(("id" = Uuid, Path), ("block_id" = Uuid, Path)), security(("bearer" = [])),
    responses((status = 204)))]
pub(crate) async fn lift(
    State(app): State<Arc<App>>,
    Staff(actor): Staff,
    asking: Asking,
    ids: Result<Path<(Uuid, Uuid)>, axum::extract::rejection::PathRejection>,
) -> Result<StatusCode, Problem> {
    let not_ids = |_| Problem::field("", "the ids in the path must be UUIDs");
    let Path((route_id, block_id)) = ids.map_err(not_ids)?;
    let sender = asking.without_version().answered(actor, |_| StatusCode::NO_CONTENT);
    app.desk.lift_block(sender, route_id.into(), block_id.into()).await?;
    Ok(StatusCode::NO_CONTENT)
}
