//! Every `GET` of the program, for a user with much data: the busiest pair of cities, the agent
//! with the most sales, the last page that a list has.

use domain::part::PART_CHARS_MIN;
use serde_json::Value;

use crate::fill::people::{AGENCY_PHONE, FREQUENT_TRAVELLER};

/// The caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    Anybody,
    Customer,
    Agent,
    Admin,
}

/// A path of `/openapi.json`, the query behind it, and the caller.
pub(super) type Question = (&'static str, &'static str, By);

/// An event stream has no end, and metrics are not JSON.
pub(super) const NOT_ASKED: [&str; 2] = ["/routes/{id}/events", "/metrics"];

/// `{…}` in a path or a query is filled in with existing values: [`Samples`].
pub(super) const QUESTIONS: &[Question] = &[
    ("/auth/me", "", By::Customer),
    ("/health/live", "", By::Anybody),
    ("/health/ready", "", By::Anybody),
    ("/websocket/stats", "", By::Admin),
    ("/openapi.json", "", By::Anybody),
    ("/stations", "", By::Anybody),
    ("/stations/{id}", "", By::Anybody),
    ("/routes/stations", "", By::Anybody),
    ("/tracking/search", "", By::Anybody),
    ("/tracking/location/{id}", "", By::Anybody),
    ("/stations", "?q=an&limit=100", By::Anybody),
    ("/buses", "?limit=100", By::Anybody),
    ("/buses", "?brand=setra&layoutType=LAYOUT_2_1", By::Admin),
    ("/buses/stats", "", By::Agent),
    ("/bus-features", "", By::Anybody),
    ("/bus-features/icons", "", By::Anybody),
    ("/seat-layouts", "", By::Anybody),
    ("/seat-layouts/{id}", "", By::Anybody),
    ("/buses/plate/{plate}", "", By::Anybody),
    ("/buses/{id}", "", By::Anybody),
    ("/routes", "", By::Anybody),
    ("/routes", "?type=VIP&isActive=true&page=100&limit=20", By::Admin),
    ("/routes", "?page=500&limit=20", By::Admin),
    ("/routes/search", "?fromCity=istanbul&toCity=ankara&date={day}", By::Anybody),
    (
        "/routes/search",
        "?fromCity=istanbul&toCity=ankara&date={day}&type=VIP&maxPrice=600",
        By::Admin,
    ),
    ("/routes/search", "", By::Anybody),
    ("/routes/search", "?ignoreTimeCheck=true", By::Admin),
    ("/routes/search", "?ignoreTimeCheck=true&page=500&limit=20", By::Admin),
    ("/routes/search", "?fromCity=istanbul&ignoreTimeCheck=true&type=VIP&maxPrice=600", By::Admin),
    ("/routes/upcoming", "", By::Anybody),
    ("/routes/upcoming", "?fromCity=istanbul&toCity=ankara&days=90&limit=20", By::Anybody),
    ("/routes/upcoming", "?fromCity=istanbul&days=90&limit=20&page=20", By::Anybody),
    ("/routes/upcoming", "?toCity=ankara&days=90", By::Anybody),
    ("/routes/popular", "?limit=100", By::Anybody),
    ("/routes/destinations", "?fromCity=istanbul", By::Anybody),
    ("/routes/stats", "", By::Agent),
    ("/routes/{id}", "", By::Anybody),
    ("/routes/{id}/blocks", "", By::Agent),
    ("/holds/{token}", "", By::Customer),
    ("/bookings/{id}", "", By::Admin),
    ("/bookings/pnr/{pnr}", "?phone={phone}", By::Anybody),
    ("/tickets", "", By::Admin),
    ("/tickets", "?page=500", By::Admin),
    ("/tickets", "", By::Agent),
    ("/tickets", "?status=CANCELLED&page=500", By::Admin),
    ("/tickets", "?status=SUSPENDED&paymentStatus=PAID", By::Admin),
    ("/tickets", "?routeId={route}&status=CONFIRMED", By::Admin),
    ("/tickets/my-tickets", "", By::Customer),
    ("/tickets/my-tickets", "?status=CANCELLED", By::Agent),
    ("/tickets/search", "?userPhoneNumber={agency}", By::Admin),
    ("/tickets/search", "?userPhoneNumber={agency}&page=500", By::Admin),
    ("/tickets/search", "?fromCity=istanbul&toCity=ankara", By::Admin),
    ("/tickets/search", "?fromCity=istanbul&toCity=ankara&page=500", By::Admin),
    (
        "/tickets/search",
        "?fromCity=istanbul&toCity=ankara&gender=OTHER&status=SUSPENDED",
        By::Admin,
    ),
    ("/tickets/search", "?fromCity=istanbul", By::Admin),
    ("/tickets/search", "?toCity=ankara&paymentStatus=REFUNDED", By::Admin),
    ("/tickets/search", "?date={day}", By::Admin),
    ("/tickets/search", "?date={day}&fromCity=istanbul&toCity=ankara", By::Admin),
    ("/tickets/search", "?userPhoneNumber={agency}&fromCity=istanbul&toCity=van", By::Admin),
    ("/tickets/search", "?userId={user}&gender=OTHER", By::Admin),
    ("/tickets/search", "?tcKimlikNo={traveller}", By::Admin),
    ("/tickets/search", "?pnrNumber={pnr}&userPhoneNumber={phone}", By::Anybody),
    // Parts of a code and of a number: of few tickets, of very many, and of none.
    ("/tickets/search", "?pnrNumber={pnrPart}", By::Admin),
    ("/tickets/search", "?pnrNumber={pnrPart}&userPhoneNumber={phonePart}", By::Admin),
    ("/tickets/search", "?userPhoneNumber={phonePart}", By::Admin),
    ("/tickets/search", "?userPhoneNumber={agencyPart}", By::Admin),
    ("/tickets/search", "?pnrNumber=%25_%25_", By::Admin),
    ("/tickets/stats", "", By::Agent),
    ("/tickets/available-seats/{id}", "?fromCity={from}&toCity={to}", By::Anybody),
    ("/tickets/pnr/{pnr}", "?phone={phone}", By::Anybody),
    ("/tickets/{id}", "", By::Admin),
    ("/audit", "", By::Admin),
    ("/audit", "?page=500", By::Admin),
    ("/audit", "?ticketId={id}", By::Admin),
    ("/audit", "?routeId={route}&page=2", By::Admin),
    ("/audit", "?actorId={user}", By::Admin),
    ("/audit", "?actorId={user}&routeId={route}&from={day}T00:00:00Z", By::Admin),
    ("/audit", "?to={day}T00:00:00Z&page=500", By::Admin),
    ("/auth/me/personal-data", "", By::Customer),
    ("/personal-data", "?phone={phone}", By::Admin),
    ("/users", "?limit=100", By::Admin),
    // A name that every account has, and an address that a tenth of the customers have.
    ("/users", "?q=ayse&limit=100", By::Admin),
    ("/users", "?q=customer-1&limit=100", By::Admin),
    ("/users/{id}", "", By::Admin),
    ("/sockets", "?routeId={route}", By::Admin),
    ("/payments/history", "", By::Customer),
    ("/payments/history", "?page=500", By::Agent),
];

/// What one server has, to ask about.
pub(super) struct Samples {
    pub(super) route: Value,
    pub(super) ticket: Value,
    pub(super) user: Value,
    pub(super) layout: Value,
    pub(super) hold: Value,
    pub(super) station: Value,
    /// A local day on which buses leave between the two busiest cities.
    pub(super) day: String,
}

impl Samples {
    pub(super) fn path(&self, (path, query, _): Question) -> String {
        let text = |value: &Value| escaped(value.as_str().unwrap_or_default());
        let id = if path.starts_with("/buses") {
            &self.route["busId"]
        } else if path.starts_with("/seat-layouts") {
            &self.layout["id"]
        } else if path.starts_with("/bookings") {
            &self.ticket["bookingId"]
        } else if path.starts_with("/users") {
            &self.user["id"]
        } else if path.starts_with("/stations") {
            &self.station["id"]
        } else if path.starts_with("/routes")
            || path.starts_with("/tracking")
            || path.contains("available-seats")
        {
            &self.route["id"]
        } else {
            &self.ticket["id"]
        };
        let part = |value: &Value| {
            let whole = text(value);
            whole[whole.len().saturating_sub(PART_CHARS_MIN)..].to_owned()
        };
        format!("{path}{query}")
            .replace("{id}", &text(id))
            .replace("{route}", &text(&self.route["id"]))
            .replace("{plate}", &text(&self.route["bus"]["plate"]))
            .replace("{from}", &text(&self.route["fromCity"]))
            .replace("{to}", &text(&self.route["toCity"]))
            .replace("{pnr}", &text(&self.ticket["pnrNumber"]))
            .replace("{phone}", &text(&self.ticket["userPhoneNumber"]))
            .replace("{user}", &text(&self.user["id"]))
            .replace("{token}", &text(&self.hold["holdToken"]))
            .replace("{pnrPart}", &part(&self.ticket["pnrNumber"]))
            .replace("{phonePart}", &part(&self.ticket["userPhoneNumber"]))
            .replace("{agency}", AGENCY_PHONE)
            .replace("{agencyPart}", &AGENCY_PHONE[..AGENCY_PHONE.len() - 2])
            .replace("{traveller}", FREQUENT_TRAVELLER)
            .replace("{day}", &self.day)
    }
}

/// Percent-encodes characters that a path may not have.
fn escaped(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(escape).collect()
}
