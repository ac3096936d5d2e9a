//! Finding tickets: one's own, the company's, by code and phone, and the seats that are left.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::calendar::local_day;
use domain::passenger::{IdentityNumber, Phone};
use domain::ticket::PaymentStatus;
use domain::{CityKey, FieldErrors, Pnr, Refusal, Role};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use store::{Page, Paged, PaymentTotals, TicketFilter, TicketStats};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::caller::{Caller, MaybeCaller, Staff, is_staff};
use super::payload::{Id, Name, Query};
use super::problem::Problem;
use super::wire::list::{BareList, Paging};
use super::wire::scalar::{GenderWord, Money, PaymentStatusWord, TicketStatusWord};
use super::wire::ticket::TicketBody;
use crate::app::App;

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TicketQuery {
    #[param(inline)]
    status: Option<TicketStatusWord>,
    #[param(inline)]
    payment_status: Option<PaymentStatusWord>,
    route_id: Option<Uuid>,
    user_id: Option<Uuid>,
    /// Agents see by default what they issued themselves.
    issued_by_id: Option<Uuid>,
}

/// List tickets, newest first (staff).
#[utoipa::path(get, path = "/tickets", tag = "tickets", params(TicketQuery, Paging),
    security(("bearer" = [])), responses((status = 200, body = Vec<TicketBody>,
        headers(("X-Total-Count" = u64, description = "How many there are in all")))))]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Staff(actor): Staff,
    Query(paging): Query<Paging>,
    Query(query): Query<TicketQuery>,
) -> Result<BareList<TicketBody>, Problem> {
    let page = paging.page()?;
    let own = (actor.role == Role::Agent).then_some(actor.user_id);
    let filter = TicketFilter {
        status: query.status.map(|word| word.0),
        payment_status: query.payment_status.map(|word| word.0),
        route_id: query.route_id.map(Into::into),
        user_id: query.user_id.map(Into::into),
        issued_by_id: query.issued_by_id.map(Into::into).or(own),
        ..TicketFilter::default()
    };
    Ok(BareList(app.store.tickets(filter, page).await?.map(TicketBody::from)))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct MyTicketsQuery {
    #[param(inline)]
    status: Option<TicketStatusWord>,
}

/// One's own tickets, newest first; for staff: those they sold.
#[utoipa::path(get, path = "/tickets/my-tickets", tag = "tickets", params(MyTicketsQuery, Paging),
    security(("bearer" = [])), responses((status = 200, body = Vec<TicketBody>,
        headers(("X-Total-Count" = u64, description = "How many there are in all")))))]
pub(crate) async fn mine(
    State(app): State<Arc<App>>,
    Caller(actor): Caller,
    Query(paging): Query<Paging>,
    Query(query): Query<MyTicketsQuery>,
) -> Result<BareList<TicketBody>, Problem> {
    let page = paging.page()?;
    let staff = actor.role.is_staff();
    let filter = TicketFilter {
        status: query.status.map(|word| word.0),
        user_id: (!staff).then_some(actor.user_id),
        issued_by_id: staff.then_some(actor.user_id),
        ..TicketFilter::default()
    };
    Ok(BareList(app.store.tickets(filter, page).await?.map(TicketBody::from)))
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TicketSearchQuery {
    pnr_number: Option<String>,
    route_id: Option<Uuid>,
    user_id: Option<Uuid>,
    from_city: Option<String>,
    to_city: Option<String>,
    #[param(inline)]
    status: Option<TicketStatusWord>,
    #[param(inline)]
    payment_status: Option<PaymentStatusWord>,
    #[param(inline)]
    gender: Option<GenderWord>,
    user_phone_number: Option<String>,
    tc_kimlik_no: Option<String>,
    /// The local day on which the ticket's segment departs.
    date: Option<String>,
}

/// Search tickets (staff); others need exactly a ticket's `pnrNumber` and `userPhoneNumber`.
#[utoipa::path(get, path = "/tickets/search", tag = "tickets", params(TicketSearchQuery, Paging),
    responses((status = 200, body = Vec<TicketBody>,
        headers(("X-Total-Count" = u64, description = "How many there are in all")))))]
pub(crate) async fn search(
    State(app): State<Arc<App>>,
    MaybeCaller(caller): MaybeCaller,
    Query(paging): Query<Paging>,
    Query(query): Query<TicketSearchQuery>,
) -> Result<BareList<TicketBody>, Problem> {
    let staff = is_staff(caller);
    if !staff && (query.pnr_number.is_none() || query.user_phone_number.is_none()) {
        let detail = "without a staff login both pnrNumber and userPhoneNumber are needed";
        return Err(Problem::forbidden(detail));
    }
    let mut page = paging.page()?;
    let mut errors = FieldErrors::default();
    // A code that cannot be one is no error: it finds nothing.
    let pnr = query.pnr_number.as_deref().map(Pnr::parse);
    let phone = query
        .user_phone_number
        .as_deref()
        .and_then(|text| errors.check("/userPhoneNumber", Phone::parse(text)));
    let identity_number = query
        .tc_kimlik_no
        .as_deref()
        .and_then(|text| errors.check("/tcKimlikNo", IdentityNumber::parse(text)));
    let departs = query.date.as_deref().and_then(|text| {
        let day = text.trim().parse::<Date>().ok().and_then(|date| local_day(date, &app.zone));
        errors.check("/date", day.ok_or("must be a date such as 2025-10-14"))
    });
    errors.into_result()?;
    let pnr = match pnr {
        Some(None) => return Ok(BareList(Paged { items: Vec::new(), total: 0 })),
        other => other.flatten(),
    };
    if !staff {
        page = Page { offset: 0, limit: 1 };
    }
    let filter = TicketFilter {
        status: query.status.map(|word| word.0),
        payment_status: query.payment_status.map(|word| word.0),
        route_id: query.route_id.map(Into::into),
        user_id: query.user_id.map(Into::into),
        issued_by_id: None,
        pnr,
        phone,
        identity_number,
        gender: query.gender.map(|word| word.0),
        from_city: query.from_city.as_deref().map(CityKey::new),
        to_city: query.to_city.as_deref().map(CityKey::new),
        departs,
    };
    Ok(BareList(app.store.tickets(filter, page).await?.map(TicketBody::from)))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PnrQuery {
    /// The ticket's phone number; owner and staff need none.
    phone: Option<String>,
}

/// One ticket by its booking code.
#[utoipa::path(get, path = "/tickets/pnr/{pnr}", tag = "tickets",
    params(("pnr" = String, Path), PnrQuery), responses((status = 200, body = TicketBody)))]
pub(crate) async fn by_pnr(
    State(app): State<Arc<App>>,
    MaybeCaller(caller): MaybeCaller,
    Name(pnr): Name,
    Query(query): Query<PnrQuery>,
) -> Result<TicketBody, Problem> {
    let phone = query.phone.as_deref().map(Phone::parse).transpose();
    let phone = phone.map_err(|error| Problem::field("/phone", error.to_string()))?;
    if phone.is_none() && caller.is_none() {
        return Err(Problem::unauthorized("give the ticket's phone number or log in"));
    }
    let found = match Pnr::parse(&pnr) {
        Some(pnr) => app.store.ticket_by_pnr(&pnr).await?,
        None => None,
    };
    // Whoever may not see it is not told that it exists.
    let view = found.filter(|view| {
        phone.as_ref() == Some(&view.ticket.phone)
            || caller.is_some_and(|actor| actor.must_own_or_be_staff(&view.ticket).is_ok())
    });
    Ok(view.ok_or(Refusal::TicketNotFound)?.into())
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SeatsQuery {
    /// Default: the route's first stop.
    from_city: Option<String>,
    /// Default: the route's last stop.
    to_city: Option<String>,
}

/// The seats that can be sold on a segment.
#[utoipa::path(get, path = "/tickets/available-seats/{id}", tag = "tickets",
    params(("id" = Uuid, Path, description = "The route"), SeatsQuery),
    responses((status = 200, body = Vec<u16>)))]
pub(crate) async fn available_seats(
    State(app): State<Arc<App>>,
    Id(id): Id,
    Query(query): Query<SeatsQuery>,
) -> Result<Json<Vec<u16>>, Problem> {
    let snapshot = app.store.seat_snapshot(id.into()).await?.ok_or(Refusal::RouteNotFound)?;
    let segment =
        snapshot.route.segment_or_whole(query.from_city.as_deref(), query.to_city.as_deref())?;
    Ok(Json(snapshot.free_seats(segment).into_iter().map(|seat| seat.get()).collect()))
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TicketStats)]
pub(crate) struct TicketStatsBody {
    total: u64,
    by_status: BTreeMap<&'static str, u64>,
    by_payment_status: BTreeMap<&'static str, PaymentTotalsBody>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PaymentTotals)]
pub(crate) struct PaymentTotalsBody {
    count: u64,
    revenue: Money,
}

impl From<TicketStats> for TicketStatsBody {
    fn from(stats: TicketStats) -> Self {
        let totals = |(status, totals): (PaymentStatus, PaymentTotals)| {
            let body = PaymentTotalsBody { count: totals.count, revenue: Money(totals.revenue) };
            (status.as_str(), body)
        };
        Self {
            total: stats.total,
            by_status: stats.by_status.into_iter().map(|(s, n)| (s.as_str(), n)).collect(),
            by_payment_status: stats.by_payment_status.into_iter().map(totals).collect(),
        }
    }
}

/// Figures of the sale (staff).
#[utoipa::path(get, path = "/tickets/stats", tag = "tickets", security(("bearer" = [])),
    responses((status = 200, body = TicketStatsBody)))]
pub(crate) async fn stats(
    State(app): State<Arc<App>>,
    _: Staff,
) -> Result<Json<TicketStatsBody>, Problem> {
    Ok(Json(app.store.ticket_stats().await?.into()))
}
