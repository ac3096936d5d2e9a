//! `bookings`.

use std::borrow::Cow;

use domain::Booking;
use store::{DataKeys, Row};

use super::parted::parted;
use crate::batch::{Batch, column};
use crate::column::at;

const INSERT: &str = "INSERT INTO bookings (id, pnr, user_id, contact_name, contact_phone, \
     contact_email, created_at, updated_at, sealed) \
     SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[], \
     $7::timestamptz[], $8::timestamptz[], $9::bytea[])";

/// All columns of a booking that can change.
const UPDATE: &str = "WITH changed AS ( \
     UPDATE bookings SET contact_name = n.name, contact_phone = n.phone, contact_email = n.email, \
     updated_at = n.updated_at, sealed = n.sealed \
     FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::bytea[]) \
     AS n (id, name, phone, email, updated_at, sealed) WHERE bookings.id = n.id RETURNING 1) \
     SELECT expect_rows('bookings', count(*), cardinality($1::uuid[])) FROM changed";

/// It fails for a code that another booking has.
pub(super) fn write<'a>(batch: &mut Batch<'a>, keys: &DataKeys, rows: &'a [Row<Booking>]) {
    let (new, known) = parted(rows);
    if !new.is_empty() {
        let contacts = Contacts::of(keys, &new);
        batch.add(
            INSERT,
            vec![
                column(&new, |booking| booking.id.0),
                column(&new, |booking| booking.pnr.as_str()),
                column(&new, |booking| booking.user_id.map(|id| id.0)),
                Box::new(contacts.names),
                Box::new(contacts.phones),
                Box::new(contacts.emails),
                column(&new, |booking| at(booking.created_at)),
                column(&new, |booking| at(booking.updated_at)),
                Box::new(contacts.sealed),
            ],
        );
    }
    if !known.is_empty() {
        let contacts = Contacts::of(keys, &known);
        batch.add(
            UPDATE,
            vec![
                column(&known, |booking| booking.id.0),
                Box::new(contacts.names),
                Box::new(contacts.phones),
                Box::new(contacts.emails),
                column(&known, |booking| at(booking.updated_at)),
                Box::new(contacts.sealed),
            ],
        );
    }
}

/// The columns about contacts, a value for each booking.
#[derive(Default)]
struct Contacts<'a> {
    sealed: Vec<Option<Vec<u8>>>,
    phones: Vec<Cow<'a, str>>,
    names: Vec<Option<Cow<'a, str>>>,
    emails: Vec<Option<Cow<'a, str>>>,
}

impl<'a> Contacts<'a> {
    fn of(keys: &DataKeys, bookings: &[&'a Booking]) -> Self {
        let mut contacts = Self::default();
        for booking in bookings {
            let columns = keys.contact_columns(booking);
            contacts.sealed.push(columns.sealed);
            contacts.phones.push(columns.phone);
            contacts.names.push(columns.name);
            contacts.emails.push(columns.email);
        }
        contacts
    }
}
