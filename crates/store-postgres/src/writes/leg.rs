//! `seat_legs`: which seats are taken, and the last check of it.

use store::Leg;

use crate::batch::{Batch, column};
use crate::column::seat_number;
use crate::db::Value;
use crate::table::seat;

/// The primary key refuses a leg that has a holder.
const TAKE: &str = "INSERT INTO seat_legs (route_id, seat_number, leg, holder_kind, holder_id) \
     SELECT * FROM unnest($1::uuid[], $2::smallint[], $3::smallint[], $4::smallint[], $5::uuid[])";

const FREE: &str = "WITH changed AS ( \
     DELETE FROM seat_legs USING \
     unnest($1::uuid[], $2::smallint[], $3::smallint[], $4::smallint[], $5::uuid[]) \
     AS n (route_id, seat_number, leg, holder_kind, holder_id) \
     WHERE seat_legs.route_id = n.route_id AND seat_legs.seat_number = n.seat_number \
     AND seat_legs.leg = n.leg AND seat_legs.holder_kind = n.holder_kind \
     AND seat_legs.holder_id = n.holder_id RETURNING 1) \
     SELECT expect_rows('seat_legs', count(*), cardinality($1::uuid[])) FROM changed";

pub(super) fn free<'a>(batch: &mut Batch<'a>, legs: &'a [Leg]) {
    if !legs.is_empty() {
        batch.add(FREE, columns(legs));
    }
}

pub(super) fn take<'a>(batch: &mut Batch<'a>, legs: &'a [Leg]) {
    if !legs.is_empty() {
        batch.add(TAKE, columns(legs));
    }
}

fn columns(legs: &[Leg]) -> Vec<Value<'_>> {
    vec![
        column(legs, |leg| leg.route_id.0),
        column(legs, |leg| seat_number(leg.seat)),
        column(legs, |leg| i16::from(leg.leg)),
        column(legs, |leg| seat::columns(leg.holder).0),
        column(legs, |leg| seat::columns(leg.holder).1),
    ]
}
