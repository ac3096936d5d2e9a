//! `run_outs`: seats that ran out unpaid within the last hour; and `reserved_from`: the addresses
//! of reserved seats that are not paid yet.

use domain::fair_use::{AddressKey, Caller, Claim, RUN_OUT_SECONDS};
use domain::{Holder, RouteId, TicketId};
use jiff::{SignedDuration, Timestamp};
use store::DataKeys;

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
    }
}

fn note<'a>(batch: &mut Batch<'a>, keys: &DataKeys, ran_out: &[RanOut<'a>]) {
    let account = |claim: &Claim| match &claim.caller {
        Some(Caller::Account(id)) => Some(id.0),
        Some(Caller::Phone(_)) | None => None,
    };
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
