//! `tickets`.

use std::borrow::Cow;

use domain::ticket::CancelCause;
use domain::{CityKey, Ticket};
use store::{DataKeys, Row};

use super::parted::parted;
use crate::batch::{Batch, column};
use crate::column::{at, seat_number};

const INSERT: &str = "INSERT INTO tickets (id, booking_id, pnr, route_id, user_id, issued_by_id, \
     from_city, to_city, from_stop_index, to_stop_index, seat_number, gender, price, identity_number, \
     phone, passenger_name, status, payment_status, expires_at, suspended_at, cancelled_at, \
     cancel_cause, changed_by_id, created_at, updated_at, from_key, to_key, passport_number, \
     passport_country, sealed) \
     SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::uuid[], \
     $7::text[], $8::text[], $9::smallint[], $10::smallint[], $11::smallint[], $12::text[], \
     $13::bigint[], $14::text[], $15::text[], $16::text[], $17::text[], $18::text[], \
     $19::timestamptz[], $20::timestamptz[], $21::timestamptz[], $22::text[], $23::uuid[], \
     $24::timestamptz[], $25::timestamptz[], $26::text[], $27::text[], $28::text[], $29::text[], \
     $30::bytea[])";

/// All columns of a ticket that can change.
const UPDATE: &str = "WITH changed AS ( \
     UPDATE tickets SET seat_number = n.seat_number, gender = n.gender, phone = n.phone, \
     passenger_name = n.passenger_name, identity_number = n.identity_number, \
     passport_number = n.passport_number, passport_country = n.passport_country, sealed = n.sealed, \
     status = n.status, payment_status = n.payment_status, \
     expires_at = n.expires_at, suspended_at = n.suspended_at, cancelled_at = n.cancelled_at, \
     cancel_cause = n.cancel_cause, changed_by_id = n.changed_by_id, updated_at = n.updated_at \
     FROM unnest($1::uuid[], $2::smallint[], $3::text[], $4::text[], $5::text[], $6::text[], \
     $7::text[], $8::timestamptz[], $9::timestamptz[], $10::timestamptz[], $11::text[], $12::uuid[], \
     $13::timestamptz[], $14::text[], $15::text[], $16::text[], $17::bytea[]) \
     AS n (id, seat_number, gender, phone, passenger_name, status, \
     payment_status, expires_at, suspended_at, cancelled_at, cancel_cause, changed_by_id, updated_at, \
     identity_number, passport_number, passport_country, sealed) \
     WHERE tickets.id = n.id RETURNING 1) \
     SELECT expect_rows('tickets', count(*), cardinality($1::uuid[])) FROM changed";

/// The columns about passengers, a value for each ticket.
#[derive(Default)]
struct People<'a> {
    sealed: Vec<Option<Vec<u8>>>,
    phones: Vec<Cow<'a, str>>,
    names: Vec<Cow<'a, str>>,
    identity_numbers: Vec<Option<Cow<'a, str>>>,
    passport_numbers: Vec<Option<Cow<'a, str>>>,
    passport_countries: Vec<Option<Cow<'a, str>>>,
}

impl<'a> People<'a> {
    fn of(keys: &DataKeys, tickets: &[&'a Ticket]) -> Self {
        let mut people = Self::default();
        for ticket in tickets {
            let columns = keys.ticket_columns(ticket);
            people.sealed.push(columns.sealed);
            people.phones.push(columns.phone);
            people.names.push(columns.name);
            people.identity_numbers.push(columns.identity_number);
            people.passport_numbers.push(columns.passport_number);
            people.passport_countries.push(columns.passport_country);
        }
        people
    }
}

/// It fails for an id that exists already: a ticket is never written over.
pub(super) fn write<'a>(batch: &mut Batch<'a>, keys: &DataKeys, rows: &'a [Row<Ticket>]) {
    let (new, known) = parted(rows);
    if !new.is_empty() {
        insert(batch, keys, &new);
    }
    if !known.is_empty() {
        update(batch, keys, &known);
    }
}

fn insert<'a>(batch: &mut Batch<'a>, keys: &DataKeys, new: &[&'a Ticket]) {
    let people = People::of(keys, new);
    let city_key = |city: &str| CityKey::new(city).as_str().to_owned();
    batch.add(
        INSERT,
        vec![
            column(new, |ticket| ticket.id.0),
            column(new, |ticket| ticket.booking_id.0),
            column(new, |ticket| ticket.pnr.as_str()),
            column(new, |ticket| ticket.route_id.0),
            column(new, |ticket| ticket.user_id.map(|id| id.0)),
            column(new, |ticket| ticket.issued_by_id.map(|id| id.0)),
            column(new, |ticket| ticket.from_city.as_str()),
            column(new, |ticket| ticket.to_city.as_str()),
            column(new, |ticket| i16::from(ticket.segment.from().get())),
            column(new, |ticket| i16::from(ticket.segment.to().get())),
            column(new, |ticket| seat_number(ticket.seat)),
            column(new, |ticket| ticket.passenger.gender.as_str()),
            column(new, |ticket| ticket.price.get()),
            Box::new(people.identity_numbers),
            Box::new(people.phones),
            Box::new(people.names),
            column(new, |ticket| ticket.status.as_str()),
            column(new, |ticket| ticket.payment_status.as_str()),
            column(new, |ticket| ticket.expires_at.map(at)),
            column(new, |ticket| ticket.suspended_at.map(at)),
            column(new, |ticket| ticket.cancelled_at.map(at)),
            column(new, |ticket| ticket.cancel_cause.map(CancelCause::as_str)),
            column(new, |ticket| ticket.changed_by_id.map(|id| id.0)),
            column(new, |ticket| at(ticket.created_at)),
            column(new, |ticket| at(ticket.updated_at)),
            column(new, |ticket| city_key(&ticket.from_city)),
            column(new, |ticket| city_key(&ticket.to_city)),
            Box::new(people.passport_numbers),
            Box::new(people.passport_countries),
            Box::new(people.sealed),
        ],
    );
}

/// The document cannot change; but a row from before there was a key is sealed whole.
fn update<'a>(batch: &mut Batch<'a>, keys: &DataKeys, known: &[&'a Ticket]) {
    let people = People::of(keys, known);
    batch.add(
        UPDATE,
        vec![
            column(known, |ticket| ticket.id.0),
            column(known, |ticket| seat_number(ticket.seat)),
            column(known, |ticket| ticket.passenger.gender.as_str()),
            Box::new(people.phones),
            Box::new(people.names),
            column(known, |ticket| ticket.status.as_str()),
            column(known, |ticket| ticket.payment_status.as_str()),
            column(known, |ticket| ticket.expires_at.map(at)),
            column(known, |ticket| ticket.suspended_at.map(at)),
            column(known, |ticket| ticket.cancelled_at.map(at)),
            column(known, |ticket| ticket.cancel_cause.map(CancelCause::as_str)),
            column(known, |ticket| ticket.changed_by_id.map(|id| id.0)),
            column(known, |ticket| at(ticket.updated_at)),
            Box::new(people.identity_numbers),
            Box::new(people.passport_numbers),
            Box::new(people.passport_countries),
            Box::new(people.sealed),
        ],
    );
}
