//! Finding a departure: by cities and day, soon, popular, or where one can go at all.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::calendar::{TimeRange, local_day};
use domain::{Actor, CityKey, FieldErrors, Kurus, Role};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use store::{Paged, RouteFilter, RouteOccupancy, SegmentSearch};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::caller::{MaybeCaller, is_staff};
use super::payload::Query;
use super::problem::Problem;
use super::wire::audience::Audience;
use super::wire::list::{BareList, ListWithMeta, Paging};
use super::wire::route::{RouteBody, SearchHit};
use super::wire::scalar::RouteKindWord;
use crate::app::App;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SearchQuery {
    from_city: String,
    to_city: String,
    /// `YYYY-MM-DD`, in the company's time zone.
    date: String,
    #[serde(rename = "type")]
    #[param(rename = "type", inline)]
    kind: Option<RouteKindWord>,
    /// TRY.
    min_price: Option<String>,
    /// TRY.
    max_price: Option<String>,
    bus_id: Option<Uuid>,
    /// For staff; others always see active ones only.
    is_active: Option<bool>,
    /// For staff: also what leaves within fifteen minutes or has left.
    ignore_time_check: Option<bool>,
}

/// Search departures between two cities on one day.
#[utoipa::path(get, path = "/routes/search", tag = "routes", params(SearchQuery, Paging),
    responses((status = 200, body = ListWithMeta<SearchHit>)))]
pub(crate) async fn search(
    State(app): State<Arc<App>>,
    MaybeCaller(caller): MaybeCaller,
    Query(paging): Query<Paging>,
    Query(query): Query<SearchQuery>,
) -> Result<Json<ListWithMeta<SearchHit>>, Problem> {
    let page = paging.page()?;
    let mut errors = FieldErrors::default();
    let date = query.date.trim().parse::<Date>().ok();
    let departs = date.and_then(|date| local_day(date, &app.zone));
    if departs.is_none() {
        errors.push("/date", "must be a date such as 2025-10-14");
    }
    let mut price = |pointer, text: Option<String>| {
        text.and_then(|text| errors.check(pointer, text.trim().parse::<Kurus>()))
    };
    let min_price = price("/minPrice", query.min_price).unwrap_or(Kurus::ZERO);
    let max_price = price("/maxPrice", query.max_price);
    errors.into_result()?;
    let departs = departs.ok_or(Problem::field("/date", "must be a date"))?;

    let staff = is_staff(caller);
    let search = SegmentSearch {
        from_city: CityKey::new(&query.from_city),
        to_city: CityKey::new(&query.to_city),
        departs,
        is_active: if staff { query.is_active } else { Some(true) },
        kind: query.kind.map(|word| word.0),
        bus_id: query.bus_id.map(Into::into),
    };
    let any_time = staff && query.ignore_time_check == Some(true);
    let found = app.store.search(search).await?;
    let in_range = |hit: &SearchHit| {
        min_price <= hit.price() && max_price.is_none_or(|max| hit.price() <= max)
    };
    let hits: Vec<SearchHit> = found
        .into_iter()
        .filter_map(|found| hit(&app, caller, any_time, (&query.from_city, &query.to_city), found))
        .filter(in_range)
        .collect();
    Ok(Json(ListWithMeta::new(paging, slice(hits, page))?))
}

/// The part of a list that a page shows, where the list had to be made whole to be filtered.
fn slice<T>(items: Vec<T>, page: store::Page) -> Paged<T> {
    let total = items.len() as u64;
    let offset = usize::try_from(page.offset).unwrap_or(usize::MAX);
    let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
    Paged { items: items.into_iter().skip(offset).take(limit).collect(), total }
}

/// A departure as this traveller may see it; `None` when their segment is not sold or closed.
fn hit(
    app: &App,
    caller: Option<Actor>,
    any_time: bool,
    (from_city, to_city): (&str, &str),
    found: RouteOccupancy,
) -> Option<SearchHit> {
    let route = &found.view.route;
    let segment = route.segment_between(from_city, to_city).ok()?;
    let price = route.price_of(segment).ok()?;
    let role = caller.map_or(Role::Customer, |actor| actor.role);
    if !any_time && route.open_for(role, segment, app.now()).is_err() {
        return None;
    }
    let available_seats = found.free_seats(segment).len();
    SearchHit::new(found.view, segment, price, available_seats, &app.zone, Audience::of(caller))
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

/// What leaves in the next days and is on sale, soonest first.
#[utoipa::path(get, path = "/routes/upcoming", tag = "routes", params(UpcomingQuery, Paging),
    responses((status = 200, body = Vec<RouteBody>,
        headers(("X-Total-Count" = u64, description = "How many there are in all")))))]
pub(crate) async fn upcoming(
    State(app): State<Arc<App>>,
    MaybeCaller(caller): MaybeCaller,
    Query(paging): Query<Paging>,
    Query(query): Query<UpcomingQuery>,
) -> Result<BareList<RouteBody>, Problem> {
    let page = paging.page()?;
    let days = query.days.unwrap_or(DAYS_DEFAULT);
    if !(1..=DAYS_MAX).contains(&days) {
        return Err(Problem::field("/days", format!("must be between 1 and {DAYS_MAX}")));
    }
    let filter = RouteFilter {
        is_active: Some(true),
        departs: Some(bookable_days(app.now(), days)),
        from_city: query.from_city.as_deref().map(CityKey::new),
        to_city: query.to_city.as_deref().map(CityKey::new),
        ..RouteFilter::default()
    };
    let audience = Audience::of(caller);
    Ok(BareList(app.store.routes(filter, page).await?.map(|view| RouteBody::new(view, audience))))
}

/// From when customers may still book until that many days from now.
pub(crate) fn bookable_days(now: Timestamp, days: u64) -> TimeRange {
    let hours = i64::try_from(days).unwrap_or(1) * 24;
    TimeRange {
        start: now + SignedDuration::from_mins(domain::route::BOOKING_CLOSES_MINUTES),
        end: now + SignedDuration::from_hours(hours),
    }
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

/// The pairs of cities with the most tickets.
#[utoipa::path(get, path = "/routes/popular", tag = "routes", params(PopularQuery),
    responses((status = 200, body = Vec<PopularRoute>)))]
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
    Ok(BareList(Paged { total: items.len() as u64, items }))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DestinationsQuery {
    from_city: String,
}

/// Every city that can be reached from one, by name.
#[utoipa::path(get, path = "/routes/destinations", tag = "routes", params(DestinationsQuery),
    responses((status = 200, body = Vec<String>)))]
pub(crate) async fn destinations(
    State(app): State<Arc<App>>,
    Query(query): Query<DestinationsQuery>,
) -> Result<BareList<String>, Problem> {
    let items = app.store.destinations(&query.from_city, app.now()).await?;
    Ok(BareList(Paged { total: items.len() as u64, items }))
}
