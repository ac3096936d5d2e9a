//! What a start prints: the address, the logins, and two lines to paste.
//!
//! Both lines look up the next departure when they are pasted, as the first steps in README.md do:
//! all of them meet on one departure, even hours after the start.

use std::fmt::Write as _;

use domain::Role;
use store::{Page, RouteFilter};

use super::{DEMO_USERS, DemoError};
use crate::app::App;
use crate::http::route_search::bookable_days;

/// How far ahead README.md, the pasted lines and this page look for the next departure.
const DAYS_AHEAD: u64 = 14;

pub(crate) async fn text(app: &App, url: &str) -> Result<String, DemoError> {
    let mut text = format!("\n  Open {url}/ in a browser.\n");
    let filter = RouteFilter {
        is_active: Some(true),
        departs: Some(bookable_days(app.now(), DAYS_AHEAD)),
        ..RouteFilter::default()
    };
    let routes = app.store.routes(filter, Page { offset: 0, limit: 1 }).await?;
    let next = routes.items.first();
    if let Some(next) = next {
        let _ = writeln!(text, "  The next seat map: {url}/?route={}", next.route.id);
    }
    let _ = writeln!(text, "  How to use it: {url}/docs/");
    text.push_str("\n  Log in as\n");
    for user in DEMO_USERS {
        let _ = writeln!(text, "    {:<8}  {:<27}  {}", user.role, user.email, user.password);
    }
    if next.is_some() {
        let _ = write!(
            text,
            "\n  Watch the next departure:\n    {}\n\
             \n  and, in another terminal, sell a seat of it (each time another one):\n    {}\n",
            watching(url),
            selling(url),
        );
    }
    text.push('\n');
    Ok(text)
}

/// The next departure's `id`, `fromCity` and `toCity`, as they are in the answer.
fn next_departure(url: &str) -> String {
    format!(
        r#"NEXT=$(curl -s '{url}/routes/upcoming?days={DAYS_AHEAD}&limit=1' | grep -o '"id":"[^"]*","fromCity":"[^"]*","toCity":"[^"]*"' | head -1); ID=$(echo "$NEXT" | cut -d'"' -f4)"#
    )
}

fn watching(url: &str) -> String {
    format!(r#"{}; curl -N "{url}/routes/$ID/events""#, next_departure(url))
}

/// Sold by staff, who may sell until the departure, and any number of seats.
fn selling(url: &str) -> String {
    let agent = DEMO_USERS.iter().find(|user| user.role == Role::Agent.as_str());
    let (email, password) = agent.map_or(("", ""), |agent| (agent.email, agent.password));
    format!(
        r#"{next}; SEAT=$(curl -s "{url}/tickets/available-seats/$ID" | grep -o '[0-9]*' | head -1); TOKEN=$(curl -s -H 'Accept: text/plain' -d '{{"email":"{email}","password":"{password}"}}' {url}/auth/login); curl -H "Authorization: Bearer $TOKEN" -d '{{"routeId":'"${{NEXT#*:}}"',"seatNumber":'"$SEAT"',"gender":"FEMALE","userPhoneNumber":"5321234567","passengerName":"Ayşe Yılmaz"}}' {url}/tickets"#,
        next = next_departure(url),
    )
}
