//! Reading the audit: by whom, with which filters, as CSV; and the rows for what staff read.

use serde_json::{Value, json};

use crate::audit::{rows, told};
use crate::support::api::Answer;
use crate::support::world::{World, booking, id, registration, text_at};

#[test]
fn administrators_ask_and_nobody_else() {
    let world = World::new();
    world.nobody.get("/audit").problem(401, "unauthorized");
    world.owner.get("/audit").problem(403, "role_required");
    world.agent.get("/audit").problem(403, "role_required");
    for (query, pointer) in [
        ("ticketId=7", "/ticketId"),
        ("from=yesterday", "/from"),
        ("from=2026-01-02T00:00:00Z&to=2026-01-02T00:00:00Z", "/to"),
        ("limit=101", "/limit"),
        ("userId=7", "/userId"),
    ] {
        let answer = world.admin.get(&format!("/audit?{query}"));
        answer.problem(400, "validation_failed");
        assert_eq!(answer.pointers(), [pointer], "{query}");
    }
}

#[test]
fn filters_narrow_and_pages_go_on() {
    let world = World::new();
    let (one, other) = (world.some_route(), world.some_route());
    let first = world.booked(&world.owner, &one, 1);
    let second = world.booked(&world.agent, &other, 1);
    world.booked(&world.agent, &one, 2);
    let agent = world.agent.get("/auth/me").ok(200);
    let all = rows(&world, "");
    let of = |query: &str, is_meant: &dyn Fn(&Value) -> bool, count: usize| {
        let meant: Vec<_> = all.iter().filter(|row| is_meant(row)).cloned().collect();
        assert_eq!(rows(&world, query), meant, "{query}");
        assert_eq!(meant.len(), count, "{query}");
        let answer = world.admin.get(&format!("/audit?limit=1&page=1{query}"));
        let shown = answer.ok(200);
        assert_eq!(shown.as_array(), Some(&meant[..1].to_vec()), "{query}");
        assert_eq!(answer.header("x-total-count"), Some(count.to_string().as_str()), "{query}");
    };
    let by = |field: &'static str, value: Value| move |row: &Value| row[field] == value;
    of(&format!("&ticketId={}", id(&first)), &by("ticketId", first["id"].clone()), 1);
    let booking_id = second["bookingId"].clone();
    of(&format!("&bookingId={}", text_at(&second, "bookingId")), &by("bookingId", booking_id), 2);
    of(&format!("&routeId={}", id(&one)), &by("routeId", one["id"].clone()), 3);
    of(&format!("&actorId={}", id(&agent)), &|row| row["actor"]["id"] == agent["id"], 4);
    let both = format!("&actorId={}&routeId={}", id(&agent), id(&one));
    of(&both, &|row| row["actor"]["id"] == agent["id"] && row["routeId"] == one["id"], 1);
    let at = text_at(&second, "createdAt");
    let from = |row: &Value| text_at(row, "at") >= at;
    of(&format!("&from={at}"), &from, all.iter().filter(|row| from(row)).count());
    let to = |row: &Value| text_at(row, "at") < at;
    of(&format!("&to={at}"), &to, all.iter().filter(|row| to(row)).count());
}

fn csv(world: &World, query: &str) -> Answer {
    let answer =
        world.admin.send("GET", &format!("/audit{query}"), &[("accept", "text/csv")], None);
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8"));
    answer
}

#[test]
fn a_spreadsheet_gets_the_same_rows_and_no_formula() {
    let world = World::new();
    // Staff may choose any name for their things.
    world.admin.post("/stations", &json!({"name": "=HYPERLINK(\"x\"), \"y\""})).ok(201);
    let route = world.some_route();
    world.booked(&world.owner, &route, 1);
    let all = rows(&world, "");
    let answer = csv(&world, "");
    assert_eq!(answer.header("x-total-count"), Some(all.len().to_string().as_str()));
    assert!(answer.header("vary").is_some_and(|vary| vary.to_lowercase().contains("accept")));
    let mut reader = csv_reader(answer.text());
    let head = reader.remove(0);
    assert_eq!(head[..5], ["at", "actorType", "actorId", "actorRole", "action"]);
    assert_eq!(reader.len(), all.len());
    for (line, row) in reader.iter().zip(&all) {
        let field = |name: &str| &line[head.iter().position(|column| column == name).unwrap()];
        assert_eq!(field("at"), text_at(row, "at"));
        assert_eq!(field("action"), text_at(row, "action"));
        assert_eq!(field("ticketId"), row["ticketId"].as_str().unwrap_or_default());
        assert_eq!(field("requestId"), row["requestId"].as_str().unwrap_or_default());
        let after = field("after");
        let after: Value =
            if after.is_empty() { Value::Null } else { serde_json::from_str(after).unwrap() };
        assert_eq!(after, row["after"]);
        assert!(line.iter().all(|cell| !cell.starts_with(['=', '+', '-', '@'])), "{line:?}");
    }
    // One page at a time, when a page is requested.
    let page = csv(&world, "?limit=2&page=2");
    assert_eq!(csv_reader(page.text()).len(), 3);
    assert_eq!(page.header("link"), Some("</audit?page=3&limit=2>; rel=\"next\""));
}

/// RFC 4180, read by other code than wrote it.
fn csv_reader(text: &str) -> Vec<Vec<String>> {
    let (mut lines, mut line, mut cell) = (Vec::new(), Vec::new(), String::new());
    let (mut quoted, mut chars) = (false, text.chars().peekable());
    while let Some(char) = chars.next() {
        match (quoted, char) {
            (true, '"') if chars.peek() == Some(&'"') => cell.extend(chars.next()),
            (_, '"') => quoted = !quoted,
            (false, ',') => line.push(std::mem::take(&mut cell)),
            (false, '\r') => {}
            (false, '\n') => {
                line.push(std::mem::take(&mut cell));
                lines.push(std::mem::take(&mut line));
            }
            (_, char) => cell.push(char),
        }
    }
    lines
}

#[test]
fn staff_leave_a_row_where_they_read_beyond_their_own_sales() {
    let world = World::new();
    let route = world.some_route();
    let foreign = world.booked(&world.owner, &route, 1);
    let own = world.agent.post("/tickets", &booking(&route, 2)).ok(201);
    let another = world.booked(&world.owner, &route, 4);
    let known = rows(&world, "").len();
    let (pnr, own_pnr) = (text_at(&foreign, "pnrNumber"), text_at(&own, "pnrNumber"));
    let (foreign_booking, own_booking) =
        (text_at(&foreign, "bookingId"), text_at(&own, "bookingId"));
    // One's own data, in any role, and what names no person.
    for (reader, path) in [
        (&world.owner, format!("/tickets/{}", id(&foreign))),
        (&world.owner, "/tickets/my-tickets".to_owned()),
        (&world.agent, format!("/tickets/{}", id(&own))),
        (&world.agent, format!("/bookings/{own_booking}")),
        (&world.agent, format!("/tickets/pnr/{own_pnr}")),
        (&world.agent, "/tickets".to_owned()),
        (&world.agent, "/tickets/my-tickets".to_owned()),
        (&world.agent, "/tickets/stats".to_owned()),
        (&world.agent, format!("/routes/{}", id(&route))),
        (&world.nobody, format!("/tickets/pnr/{pnr}?phone=05321234567")),
    ] {
        assert_eq!(reader.get(&path).status, 200, "{path}");
    }
    world.stranger.get(&format!("/tickets/{}", id(&foreign))).problem(403, "not_yours");
    assert_eq!(rows(&world, "").len(), known);

    let agent = world.agent.get("/auth/me").ok(200);
    for (path, about) in [
        (format!("/tickets/{}", id(&foreign)), "TICKET"),
        (format!("/tickets/pnr/{pnr}"), "TICKET"),
        (format!("/bookings/{foreign_booking}"), "BOOKING"),
        (format!("/bookings/pnr/{pnr}"), "BOOKING"),
        (
            format!(
                "/tickets?routeId={}&issuedById={}",
                id(&route),
                text_at(&foreign, "issuedById")
            ),
            "TICKETS",
        ),
        (format!("/tickets/search?routeId={}", id(&route)), "TICKETS"),
        (format!("/tickets/search?pnrNumber={pnr}"), "TICKET"),
    ] {
        let answer = world.agent.get(&path);
        answer.ok(200);
        let row = rows(&world, "").remove(0);
        assert_eq!(told(std::slice::from_ref(&row)), [format!("{about} read")], "{path}");
        assert_eq!(row["requestId"].as_str(), answer.header("x-request-id"), "{path}");
        assert_eq!(row["actor"]["id"], agent["id"], "{path}");
        match about {
            "TICKET" => assert_eq!(row["ticketId"], foreign["id"], "{path}"),
            "BOOKING" => assert_eq!(row["bookingId"], foreign["bookingId"], "{path}"),
            _ => {
                let both = json!({"tickets": [another["id"], foreign["id"]]});
                assert_eq!(row["after"], both, "{path}");
            }
        }
    }
    assert_eq!(rows(&world, "").len(), known + 7, "one for each");
    // Found by what was read.
    let of_ticket = rows(&world, &format!("&ticketId={}", id(&foreign)));
    assert_eq!(told(&of_ticket), ["TICKET read", "TICKET read", "TICKET read", "TICKET booked"]);
}

/// Beside those about tickets: a person may have an account and no ticket.
#[test]
fn accounts_that_are_shown_with_personal_data_leave_a_row() {
    const PHONE: &str = "05398334466";
    let world = World::new();
    let route = world.some_route();
    let ticket = world.booked(&world.owner, &route, 1);
    let read = |query: &str| {
        let answer = world.admin.get(&format!("/personal-data?{query}"));
        answer.ok(200);
        let mut left = rows(&world, "");
        left.retain(|row| row["requestId"].as_str() == answer.header("x-request-id"));
        left.sort_by_key(|row| text_at(&row["subject"], "type").to_owned());
        left
    };
    let [owner, stranger] = [&world.owner, &world.stranger].map(|who| who.get("/auth/me").ok(200));
    let left = read(&format!("userId={}", id(&stranger)));
    assert_eq!(told(&left), ["USER read"]);
    assert_eq!(left[0]["subject"]["id"], stranger["id"], "found by the account");
    let left = read(&format!("userId={}", id(&owner)));
    assert_eq!(told(&left), ["TICKET read", "USER read"]);
    assert_eq!((&left[0]["ticketId"], &left[1]["subject"]["id"]), (&ticket["id"], &owner["id"]));
    assert_eq!(left[1].get("bookingId"), None, "whoever sees a booking's rows does not see it");

    let phone = format!("phone={PHONE}");
    assert!(read(&phone).is_empty(), "nobody was shown");
    let account = |email: &str| {
        let mut form = registration(email, ["Feraye", "Gumushane"]);
        form["phone"] = json!(PHONE);
        let session = world.nobody.post("/auth/register", &form).ok(201);
        text_at(&session["user"], "id").to_owned()
    };
    let both = [account("a@private.example"), account("z@private.example")];
    let left = read(&phone);
    assert_eq!(told(&left), ["USERS read"]);
    assert_eq!(left[0]["after"], json!({"users": both}));
}

/// Staff at a counter have to find the passenger, even with a broken disk.
#[test]
fn a_read_goes_on_where_its_row_cannot_be_written() {
    let world = World::new();
    let (route, other) = (world.some_route(), world.some_route());
    let foreign = world.booked(&world.owner, &route, 1);
    let path = format!("/tickets/{}", id(&foreign));
    let log = world.folder.path().join("s.db-wal");
    let size = std::fs::metadata(&log).expect("it is there").len();
    world.server.limit_file_size(Some(size));
    let is_full = |seat| world.agent.post("/tickets", &booking(&other, seat)).status == 503;
    assert!((1..=40).any(is_full), "the disk was not full");
    for _ in 0..3 {
        assert_eq!(world.agent.get(&path).ok(200)["passengerName"], foreign["passengerName"]);
    }
    world.server.limit_file_size(None);
    world.nobody.get("/health/ready").ok(200);
    let known = rows(&world, &format!("&ticketId={}", id(&foreign))).len();
    world.agent.get(&path).ok(200);
    let now = rows(&world, &format!("&ticketId={}", id(&foreign)));
    assert_eq!((now.len(), now[0]["action"].as_str()), (known + 1, Some("read")));
    let said = world.server.log();
    for once in ["what staff read cannot be audited", "what staff read is audited again"] {
        assert_eq!(said.matches(once).count(), 1, "{once}: {said}");
    }
}
