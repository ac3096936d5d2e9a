//! Finding tickets: one's own, the company's, and the free seats. By code and phone:
//! [`super::guest`].

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use domain::audit::Shown;
use domain::calendar::local_day;
use domain::part::Part;
use domain::passenger::{IdentityNumber, Phone};
use domain::ticket::PaymentStatus;
use domain::{Account, CityKey, FieldErrors, Pnr, Refusal, Role, RouteId};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use socketio::Remote;
use store::{
    ExpiredHolds, HoldsExpired, Paged, PaymentTotals, TicketFilter, TicketStats, TicketView,
};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::caller::{Caller, MaybeCaller, Staff};
use super::guest;
use super::payload::{Id, Query};
use super::problem::Problem;
use super::reading::Reading;
use super::wire::list::{BareList, Paging};
use super::wire::list_at_once::{BIG_ROWS_AT_ONCE_MAX, ListAtOnce};
use super::wire::public_ticket::ShownTicket;
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
    reading: Reading,
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
    let route_id = filter.route_id;
    let tickets = app.store.tickets(filter, page).await?;
    reading.of(&app, actor, shown(&tickets, route_id, actor)).await;
    Ok(BareList(tickets.map(|view| TicketBody::listed(view, actor))))
}

/// What the audit records of a list.
fn shown(tickets: &Paged<TicketView>, route_id: Option<RouteId>, reader: Account) -> Option<Shown> {
    Shown::list(tickets.items.iter().map(|view| &view.ticket), route_id, reader)
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
    let tickets = app.store.tickets(filter, page).await?;
    Ok(BareList(tickets.map(|view| TicketBody::listed(view, actor))))
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TicketSearchQuery {
    /// For staff also a part, from 4 characters.
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
    /// For staff also a part, from 4 digits.
    user_phone_number: Option<String>,
    tc_kimlik_no: Option<String>,
    /// The local day on which the ticket's segment departs.
    date: Option<String>,
}

impl TicketSearchQuery {
    /// Code and phone number, when the query has nothing else.
    fn only_pair(&self) -> Option<(&str, &str)> {
        let alone = self.route_id.is_none()
            && self.user_id.is_none()
            && self.from_city.is_none()
            && self.to_city.is_none()
            && self.status.is_none()
            && self.payment_status.is_none()
            && self.gender.is_none()
            && self.tc_kimlik_no.is_none()
            && self.date.is_none();
        self.pnr_number.as_deref().zip(self.user_phone_number.as_deref()).filter(|_| alone)
    }
}

/// Search tickets (staff).
///
/// Without `page` and `limit` all at once, up to 200, newest first. A search by a part of a code or
/// phone number looks at the newest 5,000 tickets that match the other filters;
/// `X-Total-Count-Limited` says when there are more.
///
/// Other callers need a ticket's `pnrNumber` and `userPhoneNumber`, and nothing else, and see its
/// public part.
#[utoipa::path(get, path = "/tickets/search", tag = "tickets", params(TicketSearchQuery, Paging),
    responses((status = 200, body = Vec<ShownTicket>,
        headers(("X-Total-Count" = u64, description = "How many there are in all"),
            ("Link" = String, description = "`rel=\"next\"`, where there is more")))))]
pub(crate) async fn search(
    State(app): State<Arc<App>>,
    MaybeCaller(caller): MaybeCaller,
    Extension(remote): Extension<Remote>,
    reading: Reading,
    list: ListAtOnce<BIG_ROWS_AT_ONCE_MAX>,
    Query(query): Query<TicketSearchQuery>,
) -> Result<Response, Problem> {
    let page = list.page()?;
    let Some(actor) = caller.filter(|actor| actor.role.is_staff()) else {
        return Ok(search_by_pair(&app, remote, &query).await?.into_response());
    };
    let mut errors = FieldErrors::default();
    // If it is not a whole code or number, it may be a part of one.
    let code = query.pnr_number.as_deref();
    let pnr = code.and_then(Pnr::parse);
    let pnr_part = code.filter(|_| pnr.is_none());
    let pnr_part = pnr_part.and_then(|text| errors.check("/pnrNumber", Part::of_pnr(text)));
    let number = query.user_phone_number.as_deref();
    let phone = number.and_then(|text| Phone::parse(text).ok());
    let phone_part = number.filter(|_| phone.is_none());
    let phone_part =
        phone_part.and_then(|text| errors.check("/userPhoneNumber", Part::of_phone(text)));
    let identity_number = query
        .tc_kimlik_no
        .as_deref()
        .and_then(|text| errors.check("/tcKimlikNo", IdentityNumber::parse(text)));
    let departs = query.date.as_deref().and_then(|text| {
        let day = text.trim().parse::<Date>().ok().and_then(|date| local_day(date, &app.zone));
        errors.check("/date", day.ok_or("must be a date such as 2025-10-14"))
    });
    errors.into_result()?;
    let filter = TicketFilter {
        status: query.status.map(|word| word.0),
        payment_status: query.payment_status.map(|word| word.0),
        route_id: query.route_id.map(Into::into),
        user_id: query.user_id.map(Into::into),
        issued_by_id: None,
        pnr,
        pnr_part,
        phone,
        phone_part,
        identity_number,
        gender: query.gender.map(|word| word.0),
        from_city: query.from_city.as_deref().map(CityKey::new),
        to_city: query.to_city.as_deref().map(CityKey::new),
        departs,
    };
    let route_id = filter.route_id;
    let tickets = app.store.tickets(filter, page).await?;
    reading.of(&app, actor, shown(&tickets, route_id, actor)).await;
    let whole = |view| ShownTicket::whole(TicketBody::listed(view, actor));
    Ok(list.answer(tickets.map(whole)))
}

async fn search_by_pair(
    app: &App,
    remote: Remote,
    query: &TicketSearchQuery,
) -> Result<BareList<ShownTicket>, Problem> {
    let Some((pnr, phone)) = query.only_pair() else {
        let detail = "without a staff login exactly pnrNumber and userPhoneNumber are needed";
        return Err(Problem::forbidden(detail));
    };
    let phone = Phone::parse(phone)
        .map_err(|error| Problem::field("/userPhoneNumber", error.to_string()))?;
    let found = guest::with_pair(app, remote, pnr, &phone).await?;
    let tickets = found.into_iter().flat_map(|booking| booking.tickets);
    let items: Vec<_> = tickets.map(ShownTicket::public).collect();
    Ok(BareList(Paged::whole(items)))
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

/// The seats that this caller can buy on a segment: none when the segment is not sold, the
/// departure is off sale, or the segment leaves too soon.
#[utoipa::path(get, path = "/tickets/available-seats/{id}", tag = "tickets",
    params(("id" = Uuid, Path, description = "The route"), SeatsQuery),
    responses((status = 200, body = Vec<u16>)))]
pub(crate) async fn available_seats(
    State(app): State<Arc<App>>,
    MaybeCaller(caller): MaybeCaller,
    Id(id): Id,
    Query(query): Query<SeatsQuery>,
) -> Result<Json<Vec<u16>>, Problem> {
    let snapshot = app.store.seat_snapshot(id.into()).await?.ok_or(Refusal::RouteNotFound)?;
    let (from, to) = (query.from_city.as_deref(), query.to_city.as_deref());
    let segment = snapshot.route.segment_or_whole(from, to).map_err(|refusal| {
        let is_reversed = refusal == Refusal::ReversedCities;
        let problem = Problem::from(refusal);
        // The other end is the route's own, and was not sent.
        if is_reversed && to.is_none() { problem.about("/fromCity") } else { problem }
    })?;
    let role = caller.map_or(Role::Customer, |actor| actor.role);
    // The same checks as for a booking: a seat that a booking would refuse is not offered.
    let on_sale = snapshot.route.must_be_active();
    let on_sale = on_sale.and_then(|()| snapshot.route.open_for(role, segment, app.now()));
    if on_sale.and_then(|()| snapshot.route.price_of(segment)).is_err() {
        return Ok(Json(Vec::new()));
    }
    Ok(Json(snapshot.free_seats(segment).into_iter().map(|seat| seat.get()).collect()))
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TicketStats)]
pub(crate) struct TicketStatsBody {
    total: u64,
    by_status: BTreeMap<&'static str, u64>,
    by_payment_status: BTreeMap<&'static str, PaymentTotalsBody>,
    holds_expired: HoldsExpiredBody,
}

/// Seats that were reserved or held and expired unpaid: which customers keep seats from others.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = HoldsExpired)]
pub(crate) struct HoldsExpiredBody {
    total: u64,
    /// On departures that are not over: the most first, up to 20.
    by_customer: Vec<ExpiredHoldsBody>,
}

/// Of one account on one departure.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ExpiredHolds)]
pub(crate) struct ExpiredHoldsBody {
    user_id: Uuid,
    route_id: Uuid,
    count: u64,
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
            holds_expired: stats.holds_expired.into(),
        }
    }
}

impl From<HoldsExpired> for HoldsExpiredBody {
    fn from(figures: HoldsExpired) -> Self {
        let body = |row: ExpiredHolds| ExpiredHoldsBody {
            user_id: row.user_id.0,
            route_id: row.route_id.0,
            count: row.count,
        };
        Self {
            total: figures.total,
            by_customer: figures.by_customer.into_iter().map(body).collect(),
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
