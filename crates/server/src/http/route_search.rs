//! Finding a departure: by cities and day, upcoming, popular, or by the possible destinations.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use domain::calendar::{TimeRange, day_with_its_night, local_date};
use domain::{Account, CityKey, FieldErrors, Kurus, Refusal, Role};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use store::{Paged, SegmentHit, SegmentSearch};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::caller::MaybeCaller;
use super::language::{Language, VARIES_BY_LANGUAGE};
use super::payload::Query;
use super::problem::Problem;
use super::wire::audience::Audience;
use super::wire::audience::is_staff;
use super::wire::list::{BareList, ListWithMeta, Paging};
use super::wire::list_at_once::{BIG_ROWS_AT_ONCE_MAX, ListAtOnce, ROWS_AT_ONCE_MAX};
use super::wire::scalar::RouteKindWord;
use super::wire::search_hit::{HitReader, SearchHit};
use crate::app::App;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SearchQuery {
    /// Default: where the bus begins.
    from_city: Option<String>,
    /// Default: where it ends.
    to_city: Option<String>,
    /// `YYYY-MM-DD`, in the company's time zone, or a date-time: then its local day. A day runs
    /// from 00:00 to 03:00 of the next, because a night bus belongs to the evening. Default: from
    /// now on.
    date: Option<String>,
    #[serde(rename = "type")]
    #[param(rename = "type", inline)]
    kind: Option<RouteKindWord>,
    /// TRY.
    min_price: Option<String>,
    /// TRY.
    max_price: Option<String>,
    bus_id: Option<Uuid>,
    /// For staff; other callers always see active departures only.
    is_active: Option<bool>,
    /// For staff: also departures that have left.
    ignore_time_check: Option<bool>,
}

/// Search departures, soonest first: between two cities, on one day.
///
/// Travellers see what they can still book. Staff also see what is off sale, and with
/// `ignoreTimeCheck=true` what has left. A search by price, type or bus looks at 5,000 departures,
/// and says that it is limited when there are more.
#[utoipa::path(get, path = "/routes/search", tag = "routes", params(SearchQuery, Paging),
    responses((status = 200, body = ListWithMeta<SearchHit>)))]
pub(crate) async fn search(
    State(app): State<Arc<App>>,
    MaybeCaller(caller): MaybeCaller,
    Query(paging): Query<Paging>,
    language: Language,
    Query(query): Query<SearchQuery>,
) -> Result<impl IntoResponse + use<>, Problem> {
    let page = paging.page()?;
    let mut errors = FieldErrors::default();
    let zone = &app.zone;
    let departs = query.date.as_deref().and_then(|text| {
        let day = day(text, zone).and_then(|date| day_with_its_night(date, zone));
        errors.check("/date", day.ok_or("must be a date such as 2025-10-14, or a date-time"))
    });
    let mut price = |pointer, text: Option<String>| {
        text.and_then(|text| errors.check(pointer, text.trim().parse::<Kurus>()))
    };
    let min_price = price("/minPrice", query.min_price);
    let max_price = price("/maxPrice", query.max_price);
    errors.into_result()?;

    let staff = is_staff(caller);
    let any_time = staff && query.ignore_time_check == Some(true);
    let ever = TimeRange { start: Timestamp::MIN, end: Timestamp::MAX };
    let TimeRange { start, end } = departs.unwrap_or(ever);
    let start = if any_time { start } else { start.max(bookable_from(caller, app.now())) };
    let search = SegmentSearch {
        from_city: query.from_city.as_deref().map(CityKey::new),
        to_city: query.to_city.as_deref().map(CityKey::new),
        departs: TimeRange { start, end },
        is_active: if staff { query.is_active } else { Some(true) },
        kind: query.kind.map(|word| word.0),
        bus_id: query.bus_id.map(Into::into),
        min_price,
        max_price,
    };
    let found = app.store.search(search, page).await?;
    let reader = HitReader { zone, language, audience: Audience::of(caller) };
    let list = ListWithMeta::new(paging, hits(found, reader)?)?;
    Ok(([VARIES_BY_LANGUAGE], Json(list)))
}

/// The local day of a date, or of a date-time with or without an offset.
fn day(text: &str, zone: &TimeZone) -> Option<Date> {
    let text = text.trim();
    // The date-time first: read as a date, it would lose its offset.
    let instant = text.parse::<Timestamp>().map(|at| local_date(at, zone));
    instant.or_else(|_| text.parse::<Date>()).ok()
}

/// The first departure that this caller may still book (contract.md, `POST /tickets`).
fn bookable_from(caller: Option<Account>, now: Timestamp) -> Timestamp {
    let role = caller.map_or(Role::Customer, |actor| actor.role);
    // A departure in exactly that time is closed already; times are whole milliseconds.
    now + domain::route::sale::booking_closes(role) + SignedDuration::from_millis(1)
}

fn hits(found: Paged<SegmentHit>, reader: HitReader<'_>) -> Result<Paged<SearchHit>, Problem> {
    let Paged { items, total, is_limited } = found;
    let hits = items.into_iter().map(|hit| {
        // The store found the segment among the route's own stops.
        SearchHit::new(hit, reader).ok_or_else(|| Refusal::StopOutOfRange.into())
    });
    Ok(Paged { items: hits.collect::<Result<_, Problem>>()?, total, is_limited })
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UpcomingQuery {
    from_city: Option<String>,
    to_city: Option<String>,
    /// 1 to 90; default 7.
    days: Option<u64>,
}

const DAYS_DEFAULT: u64 = 7;
const DAYS_MAX: u64 = 90;

/// What can be booked and leaves in the next days, soonest first.
///
/// Each by the traveller's segment, as in a search: its departure, its price, its free seats. If an
/// end is not named, the route's own is used. Without `page` and `limit` all at once, up to 200.
#[utoipa::path(get, path = "/routes/upcoming", tag = "routes", params(UpcomingQuery, Paging),
    responses((status = 200, body = Vec<SearchHit>,
        headers(("X-Total-Count" = u64, description = "How many there are in all, up to 10,000"),
            ("Link" = String, description = "`rel=\"next\"`, where there is more")))))]
pub(crate) async fn upcoming(
    State(app): State<Arc<App>>,
    MaybeCaller(caller): MaybeCaller,
    list: ListAtOnce<BIG_ROWS_AT_ONCE_MAX>,
    language: Language,
    Query(query): Query<UpcomingQuery>,
) -> Result<impl IntoResponse + use<>, Problem> {
    let page = list.page()?;
    let days = query.days.unwrap_or(DAYS_DEFAULT);
    if !(1..=DAYS_MAX).contains(&days) {
        return Err(Problem::field("/days", format!("must be between 1 and {DAYS_MAX}")));
    }
    let search = SegmentSearch {
        from_city: query.from_city.as_deref().map(CityKey::new),
        to_city: query.to_city.as_deref().map(CityKey::new),
        departs: bookable_days(app.now(), days),
        is_active: Some(true),
        kind: None,
        bus_id: None,
        min_price: None,
        max_price: None,
    };
    let found = app.store.search(search, page).await?;
    let reader = HitReader { zone: &app.zone, language, audience: Audience::of(caller) };
    Ok(([VARIES_BY_LANGUAGE], list.answer(hits(found, reader)?)))
}

/// From the first departure that customers may still book until that many days from now.
pub(crate) fn bookable_days(now: Timestamp, days: u64) -> TimeRange {
    let hours = i64::try_from(days).unwrap_or(1) * 24;
    TimeRange { start: bookable_from(None, now), end: now + SignedDuration::from_hours(hours) }
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PopularQuery {
    /// 1 to 100; default 20.
    limit: Option<u64>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PopularRoute {
    from_city: String,
    to_city: String,
    ticket_count: u64,
}

/// The pairs of cities with the most live tickets, and no others: it has one page.
#[utoipa::path(get, path = "/routes/popular", tag = "routes", params(PopularQuery),
    responses((status = 200, body = Vec<PopularRoute>,
        headers(("X-Total-Count" = u64, description = "How many there are in this answer")))))]
pub(crate) async fn popular(
    State(app): State<Arc<App>>,
    Query(query): Query<PopularQuery>,
) -> Result<BareList<PopularRoute>, Problem> {
    let page = Paging { page: None, limit: query.limit }.page()?;
    let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let pairs = app.store.popular_pairs(limit).await?;
    let items: Vec<_> = pairs
        .into_iter()
        .map(|pair| PopularRoute {
            from_city: pair.from_city,
            to_city: pair.to_city,
            ticket_count: pair.ticket_count,
        })
        .collect();
    Ok(BareList(Paged::whole(items)))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DestinationsQuery {
    from_city: String,
}

/// Every city to which a seat can be booked from one, by name: without `page` and `limit` all at
/// once, up to 1,000.
#[utoipa::path(get, path = "/routes/destinations", tag = "routes",
    params(DestinationsQuery, Paging), responses((status = 200, body = Vec<String>,
        headers(("X-Total-Count" = u64, description = "How many there are in all"),
            ("Link" = String, description = "`rel=\"next\"`, where there is more")))))]
pub(crate) async fn destinations(
    State(app): State<Arc<App>>,
    list: ListAtOnce<ROWS_AT_ONCE_MAX>,
    Query(query): Query<DestinationsQuery>,
) -> Result<Response, Problem> {
    // The last time that is closed: any departure after it can be booked.
    let after = bookable_from(None, app.now()) - SignedDuration::from_millis(1);
    let cities = app.store.destinations(&query.from_city, after).await?;
    list.answer_from(Paged::whole(cities))
}
