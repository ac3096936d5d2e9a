//! `bookings`.

use domain::Booking;
use store::Row;

use super::parted;
use crate::batch::{Batch, column};
use crate::column::at;

const INSERT: &str = "INSERT INTO bookings (id, pnr, user_id, contact_name, contact_phone, \
     contact_email, created_at, updated_at) \
     SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[], \
     $7::timestamptz[], $8::timestamptz[])";

/// All of a booking that can change.
const UPDATE: &str = "WITH changed AS ( \
     UPDATE bookings SET contact_name = n.name, contact_phone = n.phone, contact_email = n.email, \
     updated_at = n.updated_at \
     FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[]) \
     AS n (id, name, phone, email, updated_at) WHERE bookings.id = n.id RETURNING 1) \
     SELECT expect_rows('bookings', count(*), cardinality($1::uuid[])) FROM changed";

/// A code that another booking has fails it.
pub(super) fn write<'a>(batch: &mut Batch<'a>, rows: &'a [Row<Booking>]) {
    let (new, known) = parted(rows);
    if !new.is_empty() {
        batch.add(
            INSERT,
            vec![
                column(&new, |booking| booking.id.0),
                column(&new, |booking| booking.pnr.as_str()),
                column(&new, |booking| booking.user_id.map(|id| id.0)),
                column(&new, |booking| booking.contact.name.as_deref()),
                column(&new, |booking| booking.contact.phone.as_str()),
                column(&new, |booking| booking.contact.email.as_deref()),
                column(&new, |booking| at(booking.created_at)),
                column(&new, |booking| at(booking.updated_at)),
            ],
        );
    }
    if !known.is_empty() {
        batch.add(
            UPDATE,
            vec![
                column(&known, |booking| booking.id.0),
                column(&known, |booking| booking.contact.name.as_deref()),
                column(&known, |booking| booking.contact.phone.as_str()),
                column(&known, |booking| booking.contact.email.as_deref()),
                column(&known, |booking| at(booking.updated_at)),
            ],
        );
    }
}
