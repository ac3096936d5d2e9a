//! What a start prints: where to look, whom to log in as, and two lines to paste.

use std::fmt::Write as _;

use domain::{SeatNumber, Stop};
use store::{Page, RouteFilter, SeatSnapshot};

use super::{DEMO_USERS, DemoError};
use crate::app::App;

/// The first departure on sale that still has a seat, and that seat.
struct Showcase {
    snapshot: SeatSnapshot,
    seat: SeatNumber,
}

/// Departures that are looked at for a free seat.
const LOOKED_AT_MAX: u64 = 10;

/// Far enough ahead that the lines can be pasted after lunch.
const HOURS_AHEAD: i64 = 12;

pub(crate) async fn text(app: &App, url: &str) -> Result<String, DemoError> {
    let mut text = format!("\n  Open {url}/ in a browser.\n");
    let found = showcase(app).await?;
    if let Some(Showcase { snapshot, .. }) = &found {
        let _ = writeln!(text, "  One seat map: {url}/?route={}", snapshot.route.id);
    }
    text.push_str("\n  Log in as\n");
    for user in DEMO_USERS {
        let _ = writeln!(text, "    {:<8}  {:<27}  {}", user.role, user.email, user.password);
    }
    if let Some(Showcase { snapshot, seat }) = &found {
        let route = &snapshot.route;
        let name = |stop: Option<&Stop>| stop.map(|stop| stop.name.clone()).unwrap_or_default();
        let customer = DEMO_USERS[0];
        let login = format!(
            r#"curl -s -H 'Accept: text/plain' -d '{{"email":"{}","password":"{}"}}' {url}/auth/login"#,
            customer.email, customer.password
        );
        let booking = format!(
            r#"{{"routeId":"{}","fromCity":"{}","toCity":"{}","seatNumber":{seat},"gender":"FEMALE","userPhoneNumber":"5321234567","passengerName":"Ayşe Yılmaz"}}"#,
            route.id,
            name(route.stops.first()),
            name(route.stops.last()),
        );
        let _ = write!(
            text,
            "\n  Watch it:\n    curl -N {url}/routes/{id}/events\n\
             \n  and, in another terminal, book seat {seat} of it:\n    \
             curl -H \"Authorization: Bearer $({login})\" -d '{booking}' {url}/tickets\n",
            id = route.id,
        );
    }
    text.push('\n');
    Ok(text)
}

async fn showcase(app: &App) -> Result<Option<Showcase>, DemoError> {
    let soon = app.now() + jiff::SignedDuration::from_hours(HOURS_AHEAD);
    let end = app.now() + jiff::SignedDuration::from_hours(24 * 15);
    let filter = RouteFilter {
        is_active: Some(true),
        departs: Some(domain::calendar::TimeRange { start: soon, end }),
        ..RouteFilter::default()
    };
    let routes = app.store.routes(filter, Page { offset: 0, limit: LOOKED_AT_MAX }).await?;
    for view in routes.items {
        let Some(snapshot) = app.store.seat_snapshot(view.route.id).await? else { continue };
        let Some(whole) = snapshot.route.whole() else { continue };
        if let Some(seat) = snapshot.free_seats(whole).first().copied() {
            return Ok(Some(Showcase { snapshot, seat }));
        }
    }
    Ok(None)
}
