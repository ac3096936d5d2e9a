//! Documents of passengers on routes, found by the live tickets that have them: by index, and few.

use std::collections::HashSet;

use domain::identity::{Identity, Passport};
use domain::{RouteId, Ticket};
use store::{DataKeys, Wanted};
use uuid::Uuid;

/// `nth`: which of the documents that were asked for. `OFFSET 0`: each is searched by itself; else
/// a small index would be read as a whole.
pub(super) const BY_IDENTITY: &str = "SELECT w.nth, t.id, t.from_stop_index, t.to_stop_index \
     FROM unnest($1::integer[], $2::uuid[], $3::text[]) AS w (nth, route_id, number) \
     CROSS JOIN LATERAL (SELECT id, from_stop_index, to_stop_index FROM tickets \
     WHERE route_id = w.route_id AND identity_number = w.number \
     AND status IN ('RESERVED', 'CONFIRMED') OFFSET 0) t";

/// In an encrypted row, the hash of the number includes its country, and the country's column is
/// empty.
pub(super) const BY_PASSPORT: &str = "SELECT w.nth, t.id, t.from_stop_index, t.to_stop_index \
     FROM unnest($1::integer[], $2::uuid[], $3::text[], $4::text[]) \
     AS w (nth, route_id, number, country) \
     CROSS JOIN LATERAL (SELECT id, from_stop_index, to_stop_index FROM tickets \
     WHERE route_id = w.route_id AND passport_number = w.number \
     AND coalesce(passport_country, w.country) = w.country \
     AND status IN ('RESERVED', 'CONFIRMED') OFFSET 0) t";

/// A document on a route.
pub(super) type Shown = (RouteId, Identity);

/// Those that the commands name.
pub(super) fn of_commands(wanted: &Wanted) -> Vec<Shown> {
    let all: HashSet<&Shown> = wanted.documents.iter().collect();
    all.into_iter().cloned().collect()
}

/// All others of named tickets: a command may free a seat, and the next one of the group take it
/// again.
pub(super) fn of_tickets(wanted: &Wanted, tickets: &[Ticket]) -> Vec<Shown> {
    let of_ticket = |ticket: &Ticket| Some((ticket.route_id, ticket.passenger.identity.clone()?));
    let read: HashSet<&Shown> = wanted.documents.iter().collect();
    let all: HashSet<Shown> = tickets.iter().filter_map(of_ticket).collect();
    all.into_iter().filter(|shown| !read.contains(shown)).collect()
}

/// The texts that documents of one kind can stand under, a value for each.
#[derive(Default)]
pub(super) struct Lookups {
    pub(super) nth: Vec<i32>,
    pub(super) routes: Vec<Uuid>,
    pub(super) numbers: Vec<String>,
    pub(super) countries: Vec<&'static str>,
}

/// The identity numbers, and the passports.
pub(super) fn lookups(keys: &DataKeys, shown: &[Shown]) -> [Lookups; 2] {
    let (mut identities, mut passports) = (Lookups::default(), Lookups::default());
    for (nth, (route_id, identity)) in (0..).zip(shown) {
        let (lookups, country) = match identity {
            Identity::Turkish(_) => (&mut identities, ""),
            Identity::Passport(Passport { country, .. }) => (&mut passports, country.as_str()),
        };
        for number in keys.document_lookups(identity) {
            lookups.nth.push(nth);
            lookups.routes.push(route_id.0);
            lookups.numbers.push(number);
            lookups.countries.push(country);
        }
    }
    [identities, passports]
}
