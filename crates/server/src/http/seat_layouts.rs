//! `/seat-layouts`: seat plans that any number of buses may have.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use domain::{FieldErrors, Refusal, SeatLayout, SeatLayoutPatch};
use http::StatusCode;
use serde::Deserialize;
use store::{CatalogueWrite, Done};
use utoipa::ToSchema;

use super::asking::Asking;
use super::caller::Admin;
use super::entity_tag::Tagged;
use super::payload::{Id, Payload};
use super::prefer::Prefer;
use super::problem::Problem;
use super::wire::layout::{NewCell, NewDeck, SeatLayoutBody, read};
use super::wire::list::Paging;
use super::wire::list_at_once::{BIG_ROWS_AT_ONCE_MAX, ListAtOnce};
use super::wire::scalar::{given, given_or_emptied};
use crate::app::App;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewSeatLayout {
    /// Unique.
    name: String,
    row_count: u8,
    col_count: u8,
    /// Seats without a number have `seatNo: 0`; no bus may use the layout until all are numbered.
    seats: Vec<NewCell>,
    /// At most one, the upper deck.
    decks: Option<Vec<NewDeck>>,
}

/// `rowCount`, `colCount` and `seats` are given together.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SeatLayoutChanges {
    #[serde(default, deserialize_with = "given")]
    name: Option<String>,
    #[serde(default, deserialize_with = "given")]
    row_count: Option<u8>,
    #[serde(default, deserialize_with = "given")]
    col_count: Option<u8>,
    #[serde(default, deserialize_with = "given")]
    seats: Option<Vec<NewCell>>,
    #[serde(default, deserialize_with = "given_or_emptied")]
    decks: Option<Vec<NewDeck>>,
}

impl SeatLayoutChanges {
    fn patch(self) -> Result<SeatLayoutPatch, FieldErrors> {
        let mut errors = FieldErrors::default();
        let lower = match (self.row_count, self.col_count, self.seats) {
            (None, None, None) => None,
            (Some(row_count), Some(col_count), Some(seats)) => {
                NewDeck { row_count, col_count, seats }.read("", &mut errors)
            }
            (row_count, col_count, seats) => {
                for (field, is_given) in [
                    ("/rowCount", row_count.is_some()),
                    ("/colCount", col_count.is_some()),
                    ("/seats", seats.is_some()),
                ] {
                    if !is_given {
                        errors.push(field, "rowCount, colCount and seats are given together");
                    }
                }
                None
            }
        };
        let upper = self.decks.map(|decks| {
            let read = |(index, deck): (usize, NewDeck)| {
                deck.read(&format!("/decks/{index}"), &mut errors)
            };
            decks.into_iter().enumerate().filter_map(read).collect()
        });
        errors.into_result()?;
        Ok(SeatLayoutPatch { name: self.name, lower, upper })
    }
}

type Shown = Tagged<Json<SeatLayoutBody>>;

fn shown(kept: SeatLayout) -> Shown {
    let updated_at = kept.updated_at;
    Tagged::new(Json(kept.into()), updated_at)
}

/// List seat layouts, by name.
#[utoipa::path(get, path = "/seat-layouts", tag = "buses", params(Paging),
    responses((status = 200, body = Vec<SeatLayoutBody>,
        headers(("X-Total-Count" = u64, description = "How many there are in all")))))]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    list: ListAtOnce<BIG_ROWS_AT_ONCE_MAX>,
) -> Result<Response, Problem> {
    let page = list.page()?;
    Ok(list.answer(app.store.seat_layouts(page).await?.map(SeatLayoutBody::from)))
}

/// Add a seat layout (ADMIN).
#[utoipa::path(post, path = "/seat-layouts", tag = "buses", request_body = NewSeatLayout,
    security(("bearer" = [])), responses((status = 201, body = SeatLayoutBody)))]
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    Admin(actor): Admin,
    asking: Asking,
    Payload(new): Payload<NewSeatLayout>,
) -> Result<(StatusCode, Shown), Problem> {
    let NewSeatLayout { name, row_count, col_count, seats, decks } = new;
    let lower = NewDeck { row_count, col_count, seats };
    let layout = read("", lower, decks.unwrap_or_default())?;
    let now = app.now();
    let kept = SeatLayout { id: app.id()?, name, layout, created_at: now, updated_at: now };
    let write = CatalogueWrite::CreateSeatLayout(kept.validate()?);
    let show = |done: Done| (StatusCode::CREATED, shown(done.seat_layout()));
    app.answer((asking.without_version(), actor), write, show).await
}

/// One seat layout.
#[utoipa::path(get, path = "/seat-layouts/{id}", tag = "buses", params(("id" = Uuid, Path)),
    responses((status = 200, body = SeatLayoutBody)))]
pub(crate) async fn show(State(app): State<Arc<App>>, Id(id): Id) -> Result<Shown, Problem> {
    let kept = app.store.seat_layout(id.into()).await?.ok_or(Refusal::LayoutNotFound)?;
    Ok(shown(kept))
}

/// Change a seat layout, and with it every bus that has it (ADMIN).
///
/// Refused while a future departure of one of them has sold seats, unless only the name changes.
#[utoipa::path(patch, path = "/seat-layouts/{id}", tag = "buses",
    request_body = SeatLayoutChanges, params(("id" = Uuid, Path)), security(("bearer" = [])),
    responses((status = 200, body = SeatLayoutBody)))]
pub(crate) async fn update(
    State(app): State<Arc<App>>,
    Admin(actor): Admin,
    asking: Asking,
    Id(id): Id,
    Payload(changes): Payload<SeatLayoutChanges>,
) -> Result<Shown, Problem> {
    let write = CatalogueWrite::ChangeSeatLayout(id.into(), changes.patch()?);
    app.answer((asking, actor), write, |done| shown(done.seat_layout())).await
}

/// Delete a seat layout that no bus has (ADMIN).
#[utoipa::path(delete, path = "/seat-layouts/{id}", tag = "buses", params(("id" = Uuid, Path)),
    security(("bearer" = [])), responses((status = 204), (status = 200, body = SeatLayoutBody,
        description = "Asked by `Prefer: return=representation`")))]
pub(crate) async fn delete(
    State(app): State<Arc<App>>,
    Admin(actor): Admin,
    asking: Asking,
    prefer: Prefer,
    Id(id): Id,
) -> Result<Response, Problem> {
    let write = CatalogueWrite::DeleteSeatLayout(id.into());
    let show = move |done: Done| prefer.deleted(SeatLayoutBody::from(done.seat_layout()));
    app.answer((asking, actor), write, show).await
}
