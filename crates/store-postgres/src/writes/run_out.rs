//! `run_outs`: seats that ran out unpaid within the last hour; and `reserved_from`: the addresses
//! of reserved seats that are not paid yet.

use domain::fair_use::{AddressKey, Caller, Claim, RUN_OUT_SECONDS};
use domain::{Holder, RouteId, TicketId};
use jiff::{SignedDuration, Timestamp};
use store::{DataKeys, day_of};
use uuid::Uuid;

use crate::batch::{Batch, column};
use crate::column::at;
use crate::table::seat;

const NOTE: &str = "INSERT INTO run_outs (route_id, holder_kind, holder_id, user_id, phone, address, \
     seats, since, ran_out_at) \
     SELECT * FROM unnest($1::uuid[], $2::smallint[], $3::uuid[], $4::uuid[], $5::text[], $6::bytea[], \
     $7::bigint[], $8::timestamptz[], $9::timestamptz[]) \
     ON CONFLICT (route_id, holder_kind, holder_id) DO UPDATE SET user_id = excluded.user_id, \
     phone = excluded.phone, address = excluded.address, seats = excluded.seats, \
     since = excluded.since, ran_out_at = excluded.ran_out_at";

/// They were paid later.
const TAKE_BACK: &str = "DELETE FROM run_outs \
     USING unnest($1::uuid[], $2::smallint[], $3::uuid[]) AS n (route_id, holder_kind, holder_id) \
     WHERE run_outs.route_id = n.route_id AND run_outs.holder_kind = n.holder_kind \
     AND run_outs.holder_id = n.holder_id";

/// The seats of a hold, which has no ticket that triggers count.
const COUNT_SEATS: &str = "INSERT INTO expired_hold_seats AS e (day, seats) \
     SELECT day, sum(seats)::bigint FROM unnest($1::bigint[], $2::bigint[]) AS n (day, seats) \
     GROUP BY day ON CONFLICT (day) DO UPDATE SET seats = e.seats + excluded.seats";

const COUNT_FOR_ACCOUNTS: &str = "INSERT INTO expired_holds AS h (user_id, route_id, holds, arrives_at) \
     SELECT n.user_id, n.route_id, n.seats, r.arrives_at FROM (SELECT user_id, route_id, \
     sum(seats)::bigint AS seats FROM unnest($1::uuid[], $2::uuid[], $3::bigint[]) \
     AS held (user_id, route_id, seats) WHERE user_id IS NOT NULL GROUP BY user_id, route_id) n \
     CROSS JOIN LATERAL (SELECT arrives_at FROM routes WHERE routes.id = n.route_id LIMIT 1) r \
     ON CONFLICT (user_id, route_id) \
     DO UPDATE SET holds = h.holds + excluded.holds, arrives_at = excluded.arrives_at";

const OF_NO_MORE_USE: &str = "DELETE FROM expired_holds WHERE arrives_at <= $1";

const FORGET: &str = "DELETE FROM run_outs WHERE ran_out_at <= $1";

const RESERVED: &str = "INSERT INTO reserved_from (ticket_id, address) \
     SELECT * FROM unnest($1::uuid[], $2::bytea[]) \
     ON CONFLICT (ticket_id) DO UPDATE SET address = excluded.address";

const NO_MORE: &str = "DELETE FROM reserved_from WHERE ticket_id = ANY($1)";

/// A seat that ran out, and when.
#[derive(Clone, Copy)]
struct RanOut<'a> {
    route_id: RouteId,
    holder: Holder,
    claim: &'a Claim,
    at: Timestamp,
}

pub(super) fn write<'a>(
    batch: &mut Batch<'a>,
    keys: &DataKeys,
    rows: &'a [(RouteId, Holder, Option<Claim>)],
) {
    let (mut ran_out, mut taken_back) = (Vec::new(), Vec::new());
    for (route_id, holder, claim) in rows {
        match claim.as_ref().and_then(|claim| Some((claim, claim.ran_out_at?))) {
            Some((claim, at)) => {
                ran_out.push(RanOut { route_id: *route_id, holder: *holder, claim, at });
            }
            None => taken_back.push((route_id.0, seat::columns(*holder))),
        }
    }
    if !taken_back.is_empty() {
        batch.add(
            TAKE_BACK,
            vec![
                column(&taken_back, |(route_id, _)| route_id),
                column(&taken_back, |(_, holder)| holder.0),
                column(&taken_back, |(_, holder)| holder.1),
            ],
        );
    }
    if let Some(newest) = ran_out.iter().map(|row| row.at).max() {
        let oldest = newest - SignedDuration::from_secs(RUN_OUT_SECONDS);
        batch.add(FORGET, vec![Box::new(at(oldest))]);
        note(batch, keys, &ran_out);
        let is_hold = |row: &RanOut<'_>| matches!(row.holder, Holder::Hold(_));
        let holds: Vec<RanOut<'_>> = ran_out.into_iter().filter(is_hold).collect();
        if !holds.is_empty() {
            count(batch, &holds);
            batch.add(OF_NO_MORE_USE, vec![Box::new(at(newest))]);
        }
    }
}

fn account(claim: &Claim) -> Option<Uuid> {
    match &claim.caller {
        Some(Caller::Account(id)) => Some(id.0),
        Some(Caller::Phone(_)) | None => None,
    }
}

fn count(batch: &mut Batch<'_>, holds: &[RanOut<'_>]) {
    let seats = |row: RanOut<'_>| i64::from(row.claim.seats);
    batch.add(COUNT_SEATS, vec![column(holds, |row| day_of(row.at)), column(holds, seats)]);
    batch.add(
        COUNT_FOR_ACCOUNTS,
        vec![
            column(holds, |row| account(row.claim)),
            column(holds, |row| row.route_id.0),
            column(holds, seats),
        ],
    );
}

fn note<'a>(batch: &mut Batch<'a>, keys: &DataKeys, ran_out: &[RanOut<'a>]) {
    let phone = |row: RanOut<'a>| match &row.claim.caller {
        Some(Caller::Phone(phone)) => Some(keys.run_out_phone(row.route_id, row.holder, phone)),
        Some(Caller::Account(_)) | None => None,
    };
    batch.add(
        NOTE,
        vec![
            column(ran_out, |row| row.route_id.0),
            column(ran_out, |row| seat::columns(row.holder).0),
            column(ran_out, |row| seat::columns(row.holder).1),
            column(ran_out, |row| account(row.claim)),
            column(ran_out, phone),
            column(ran_out, |row| row.claim.address.map(|address| address.0.to_vec())),
            column(ran_out, |row| i64::from(row.claim.seats)),
            column(ran_out, |row| at(row.claim.since)),
            column(ran_out, |row| at(row.at)),
        ],
    );
}

/// `None`: the address owes nothing for it any more.
pub(super) fn write_reserved_from<'a>(
    batch: &mut Batch<'a>,
    rows: &'a [(TicketId, Option<AddressKey>)],
) {
    let reserved: Vec<(TicketId, AddressKey)> =
        rows.iter().filter_map(|(id, address)| Some((*id, (*address)?))).collect();
    let no_more: Vec<TicketId> =
        rows.iter().filter(|(_, address)| address.is_none()).map(|(id, _)| *id).collect();
    if !reserved.is_empty() {
        let values = vec![
            column(&reserved, |(id, _)| id.0),
            column(&reserved, |(_, address)| address.0.to_vec()),
        ];
        batch.add(RESERVED, values);
    }
    if !no_more.is_empty() {
        batch.add(NO_MORE, vec![column(&no_more, |id| id.0)]);
    }
}
