//! `tickets`.

use domain::identity::IdentityNumber;
use domain::ticket::CancelCause;
use domain::{CityKey, Ticket};
use store::Row;

use super::parted;
use crate::batch::{Batch, column};
use crate::column::{at, seat_number};

const INSERT: &str = "INSERT INTO tickets (id, booking_id, pnr, route_id, user_id, issued_by_id, \
     from_city, to_city, from_stop_index, to_stop_index, seat_number, gender, price, identity_number, \
     phone, passenger_name, status, payment_status, expires_at, suspended_at, cancelled_at, \
     cancel_cause, changed_by_id, created_at, updated_at, from_key, to_key, passport_number, \
     passport_country) \
     SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::uuid[], \
     $7::text[], $8::text[], $9::smallint[], $10::smallint[], $11::smallint[], $12::text[], \
     $13::bigint[], $14::text[], $15::text[], $16::text[], $17::text[], $18::text[], \
     $19::timestamptz[], $20::timestamptz[], $21::timestamptz[], $22::text[], $23::uuid[], \
     $24::timestamptz[], $25::timestamptz[], $26::text[], $27::text[], $28::text[], $29::text[])";

/// All of a ticket that can change.
const UPDATE: &str = "WITH changed AS ( \
     UPDATE tickets SET seat_number = n.seat_number, gender = n.gender, phone = n.phone, \
     passenger_name = n.passenger_name, status = n.status, payment_status = n.payment_status, \
     expires_at = n.expires_at, suspended_at = n.suspended_at, cancelled_at = n.cancelled_at, \
     cancel_cause = n.cancel_cause, changed_by_id = n.changed_by_id, updated_at = n.updated_at \
     FROM unnest($1::uuid[], $2::smallint[], $3::text[], $4::text[], $5::text[], $6::text[], \
     $7::text[], $8::timestamptz[], $9::timestamptz[], $10::timestamptz[], $11::text[], $12::uuid[], \
     $13::timestamptz[]) AS n (id, seat_number, gender, phone, passenger_name, status, \
     payment_status, expires_at, suspended_at, cancelled_at, cancel_cause, changed_by_id, updated_at) \
     WHERE tickets.id = n.id RETURNING 1) \
     SELECT expect_rows('tickets', count(*), cardinality($1::uuid[])) FROM changed";

/// An id that exists already fails it: a ticket is never written over.
pub(super) fn write<'a>(batch: &mut Batch<'a>, rows: &'a [Row<Ticket>]) {
    let (new, known) = parted(rows);
    if !new.is_empty() {
        insert(batch, &new);
    }
    if !known.is_empty() {
        update(batch, &known);
    }
}

fn insert<'a>(batch: &mut Batch<'a>, new: &[&'a Ticket]) {
    let city_key = |city: &str| CityKey::new(city).as_str().to_owned();
    let passport = |ticket: &'a Ticket| ticket.passenger.passport();
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
            column(new, |ticket| ticket.passenger.identity_number().map(IdentityNumber::as_str)),
            column(new, |ticket| ticket.phone.as_str()),
            column(new, |ticket| ticket.passenger.name.as_str()),
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
            column(new, |ticket| passport(ticket).map(|passport| passport.number.as_str())),
            column(new, |ticket| passport(ticket).map(|passport| passport.country.as_str())),
        ],
    );
}

fn update<'a>(batch: &mut Batch<'a>, known: &[&'a Ticket]) {
    batch.add(
        UPDATE,
        vec![
            column(known, |ticket| ticket.id.0),
            column(known, |ticket| seat_number(ticket.seat)),
            column(known, |ticket| ticket.passenger.gender.as_str()),
            column(known, |ticket| ticket.phone.as_str()),
            column(known, |ticket| ticket.passenger.name.as_str()),
            column(known, |ticket| ticket.status.as_str()),
            column(known, |ticket| ticket.payment_status.as_str()),
            column(known, |ticket| ticket.expires_at.map(at)),
            column(known, |ticket| ticket.suspended_at.map(at)),
            column(known, |ticket| ticket.cancelled_at.map(at)),
            column(known, |ticket| ticket.cancel_cause.map(CancelCause::as_str)),
            column(known, |ticket| ticket.changed_by_id.map(|id| id.0)),
            column(known, |ticket| at(ticket.updated_at)),
        ],
    );
}
