//! `holds` and `blocks`.

use domain::fair_use::Caller;
use domain::hold::ENDED_HOLD_KEPT_SECONDS;
use domain::{Block, Hold, SeatNumber};
use jiff::SignedDuration;
use store::Row;

use super::parted::parted;
use crate::batch::{Batch, column};
use crate::column::{at, seat_number};

/// An array of arrays must be as wide in every row: so each row's seats are sent as text.
const INSERT: &str = "INSERT INTO holds (id, token_hash, route_id, from_stop_index, to_stop_index, \
     seats, user_id, address, state, expires_at, is_extended, created_at, ended_at) \
     SELECT n.id, n.token_hash, n.route_id, n.first, n.last, n.seats::smallint[], n.user_id, n.address, \
     n.state, n.expires_at, n.is_extended, n.created_at, n.ended_at \
     FROM unnest($1::uuid[], $2::bytea[], $3::uuid[], $4::smallint[], $5::smallint[], $6::text[], \
     $7::uuid[], $8::bytea[], $9::text[], $10::timestamptz[], $11::boolean[], $12::timestamptz[], \
     $13::timestamptz[]) AS n (id, token_hash, route_id, first, last, seats, user_id, address, state, \
     expires_at, is_extended, created_at, ended_at)";

/// All columns of a hold that can change.
const UPDATE: &str = "WITH changed AS ( \
     UPDATE holds SET address = n.address, state = n.state, expires_at = n.expires_at, \
     is_extended = n.is_extended, ended_at = n.ended_at \
     FROM unnest($1::uuid[], $2::bytea[], $3::text[], $4::timestamptz[], $5::boolean[], \
     $6::timestamptz[]) AS n (id, address, state, expires_at, is_extended, ended_at) \
     WHERE holds.id = n.id RETURNING 1) \
     SELECT expect_rows('holds', count(*), cardinality($1::uuid[])) FROM changed";

/// Holds that ended long ago are deleted when others end.
const FORGET: &str = "DELETE FROM holds WHERE ended_at <= $1";

const INSERT_BLOCKS: &str = "INSERT INTO blocks (id, route_id, from_stop_index, to_stop_index, seats, \
     reason, created_at) \
     SELECT n.id, n.route_id, n.first, n.last, n.seats::smallint[], n.reason, n.created_at \
     FROM unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::smallint[], $5::text[], $6::text[], \
     $7::timestamptz[]) AS n (id, route_id, first, last, seats, reason, created_at)";

const LIFT_BLOCKS: &str = "WITH changed AS ( \
     DELETE FROM blocks WHERE id = ANY($1) RETURNING 1) \
     SELECT expect_rows('blocks', count(*), cardinality($1::uuid[])) FROM changed";

pub(super) fn write<'a>(batch: &mut Batch<'a>, rows: &'a [Row<Hold>]) {
    let (new, known) = parted(rows);
    if !new.is_empty() {
        insert(batch, &new);
    }
    if !known.is_empty() {
        batch.add(
            UPDATE,
            vec![
                column(&known, |hold| hold.id.0),
                column(&known, |hold| hold.address.map(|address| address.0.to_vec())),
                column(&known, |hold| hold.state.as_str()),
                column(&known, |hold| at(hold.expires_at)),
                column(&known, |hold| hold.is_extended),
                column(&known, |hold| hold.ended_at.map(at)),
            ],
        );
    }
    let newest_end = rows.iter().filter_map(|row| row.value.ended_at).max();
    if let Some(ended_at) = newest_end {
        let oldest = ended_at - SignedDuration::from_secs(ENDED_HOLD_KEPT_SECONDS);
        batch.add(FORGET, vec![Box::new(at(oldest))]);
    }
}

fn insert<'a>(batch: &mut Batch<'a>, new: &[&'a Hold]) {
    let account = |hold: &Hold| match &hold.caller {
        Some(Caller::Account(id)) => Some(id.0),
        Some(Caller::Phone(_)) | None => None,
    };
    batch.add(
        INSERT,
        vec![
            column(new, |hold| hold.id.0),
            column(new, |hold| hold.token.0.to_vec()),
            column(new, |hold| hold.route_id.0),
            column(new, |hold| i16::from(hold.segment.from().get())),
            column(new, |hold| i16::from(hold.segment.to().get())),
            column(new, |hold| array(&hold.seats)),
            column(new, account),
            column(new, |hold| hold.address.map(|address| address.0.to_vec())),
            column(new, |hold| hold.state.as_str()),
            column(new, |hold| at(hold.expires_at)),
            column(new, |hold| hold.is_extended),
            column(new, |hold| at(hold.created_at)),
            column(new, |hold| hold.ended_at.map(at)),
        ],
    );
}

/// A block never changes: it is made, and lifted.
pub(super) fn write_blocks<'a>(batch: &mut Batch<'a>, rows: &'a [Row<Block>]) {
    let (lifted, new): (Vec<&Block>, Vec<&Block>) =
        rows.iter().map(|row| &row.value).partition(|block| block.is_lifted);
    if !new.is_empty() {
        batch.add(
            INSERT_BLOCKS,
            vec![
                column(&new, |block| block.id.0),
                column(&new, |block| block.route_id.0),
                column(&new, |block| i16::from(block.segment.from().get())),
                column(&new, |block| i16::from(block.segment.to().get())),
                column(&new, |block| array(&block.seats)),
                column(&new, |block| block.reason.as_str()),
                column(&new, |block| at(block.created_at)),
            ],
        );
    }
    if !lifted.is_empty() {
        batch.add(LIFT_BLOCKS, vec![column(&lifted, |block| block.id.0)]);
    }
}

/// An array as PostgreSQL reads it.
fn array(seats: &[SeatNumber]) -> String {
    let numbers: Vec<String> = seats.iter().map(|seat| seat_number(*seat).to_string()).collect();
    format!("{{{}}}", numbers.join(","))
}
