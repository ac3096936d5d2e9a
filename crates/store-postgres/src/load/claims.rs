//! Unpaid seats on routes, and seats that ran out, with their callers; what some holders have now.

use std::collections::HashMap;

use domain::fair_use::{AddressKey, Caller, Claim, Claims};
use domain::{Gender, Hold, Holder, Pnr, RouteId, SeatNumber, TicketId, UserId};
use store::DataKeys;
use tokio_postgres::Row;
use uuid::Uuid;

use crate::column::{
    gender, get, id, optional_id, optional_time, read, read_optional, seat as seat_of, segment,
    ticket_status, time,
};
use crate::db::{Db, Values};
use crate::fault::Result;
use crate::table::{block, hold, seat, ticket};

/// The seats that ran out, as the rest of the statement names them.
macro_rules! select_run_outs {
    ($rest:literal) => {
        concat!(
            "SELECT r.route_id, r.holder_kind, r.holder_id, r.user_id, r.phone, r.address, r.seats, \
             r.since, r.ran_out_at FROM run_outs r ",
            $rest
        )
    };
}

/// Tickets that the rest names, with the address that they were reserved from. Those that are not
/// reserved any more have no end.
macro_rules! select_reserved {
    ($more:literal, $rest:literal) => {
        concat!(
            "SELECT t.id, t.route_id, t.user_id, t.expires_at, t.created_at, \
             (SELECT address FROM reserved_from WHERE ticket_id = t.id) AS address, t.phone, \
             t.passenger_name, t.identity_number, t.passport_number, t.passport_country, t.sealed",
            $more,
            " FROM tickets t ",
            $rest
        )
    };
}

/// One claim, and to what.
pub(super) type OnRoute = (RouteId, Holder, Claim);

pub(super) async fn of_routes(db: Db<'_>, routes: &[RouteId]) -> Result<HashMap<RouteId, Claims>> {
    let ids: Vec<Uuid> = routes.iter().map(|id| id.0).collect();
    let values: Values<'_> = &[&ids];
    let (run_outs, reserved, holds) = tokio::try_join!(
        db.rows(select_run_outs!("WHERE r.route_id = ANY($1)"), values),
        db.rows(select_reserved!("", "WHERE t.route_id = ANY($1) AND t.facet < 9"), values),
        hold::live_on(db, routes)
    )?;
    let mut claims: HashMap<RouteId, Claims> = HashMap::new();
    for (route_id, holder, claim) in all(db.keys(), &run_outs, &reserved, &holds)? {
        claims.entry(route_id).or_default().put(holder, claim);
    }
    Ok(claims)
}

/// What these holders have now: legs, seats and claims. Of a ticket one row says all of it.
#[derive(Default)]
pub(super) struct Held {
    pub(super) legs: Vec<(RouteId, SeatNumber, u8, Holder)>,
    pub(super) sitters: Vec<(RouteId, (TicketId, Gender, Pnr))>,
    pub(super) claims: Vec<OnRoute>,
}

/// The legs of a holder follow from its own row, as they do when they are taken.
pub(super) async fn of_holders(db: Db<'_>, holders: &[(RouteId, Holder)]) -> Result<Held> {
    let (mut tickets, mut holds, mut blocks) = (Vec::new(), Vec::new(), Vec::new());
    let (mut routes, mut kinds, mut ids) = (Vec::new(), Vec::new(), Vec::new());
    for (route_id, holder) in holders {
        let (kind, id) = seat::columns(*holder);
        routes.push(route_id.0);
        kinds.push(kind);
        ids.push(id);
        match holder {
            Holder::Ticket(id) => tickets.push(id.0),
            Holder::Hold(id) => holds.push(*id),
            Holder::Block(id) => blocks.push(*id),
        }
    }
    let (by_holder, by_ticket): (Values<'_>, Values<'_>) = (&[&routes, &kinds, &ids], &[&tickets]);
    let (run_outs, tickets, holds, blocks) = tokio::try_join!(
        db.rows(
            select_run_outs!(
                "JOIN unnest($1::uuid[], $2::smallint[], $3::uuid[]) \
                 AS n (route_id, holder_kind, holder_id) ON r.route_id = n.route_id \
                 AND r.holder_kind = n.holder_kind AND r.holder_id = n.holder_id"
            ),
            by_holder
        ),
        db.rows(
            select_reserved!(
                ", t.seat_number, t.from_stop_index, t.to_stop_index, t.status, t.gender, t.pnr",
                "WHERE t.id = ANY($1)"
            ),
            by_ticket
        ),
        hold::of(db, &holds, &[]),
        block::by_ids(db, &blocks)
    )?;
    let live: Vec<Hold> = holds.into_iter().filter(|hold| hold.ended_at.is_none()).collect();
    let claims = all(db.keys(), &run_outs, &tickets, &live)?;
    let mut held = Held { claims, ..Held::default() };
    for row in tickets.iter() {
        held.put_ticket(row)?;
    }
    for hold in &live {
        held.put_legs(hold.places(), hold.holder());
    }
    for block in &blocks {
        held.put_legs(block.places(), block.holder());
    }
    Ok(held)
}

impl Held {
    fn put_ticket(&mut self, row: &Row) -> Result<()> {
        if !ticket_status(row, "status")?.holds_seat() {
            return Ok(());
        }
        let (route_id, id): (RouteId, TicketId) = (id(row, "route_id")?, id(row, "id")?);
        let (seat, segment) = (seat_of(row, "seat_number")?, segment(row)?);
        self.put_legs(segment.legs().map(|leg| (route_id, seat, leg)), Holder::Ticket(id));
        let pnr = Pnr::from_stored(get(row, "pnr")?);
        self.sitters.push((route_id, (id, gender(row, "gender")?, pnr)));
        Ok(())
    }

    fn put_legs(
        &mut self,
        places: impl Iterator<Item = (RouteId, SeatNumber, u8)>,
        holder: Holder,
    ) {
        self.legs.extend(places.map(|(route_id, seat, leg)| (route_id, seat, leg, holder)));
    }
}

fn all(
    keys: &DataKeys,
    run_outs: &[Row],
    reserved: &[Row],
    live_holds: &[Hold],
) -> Result<Vec<OnRoute>> {
    let mut claims = Vec::with_capacity(run_outs.len() + reserved.len() + live_holds.len());
    for row in run_outs {
        claims.push((id(row, "route_id")?, seat::holder(row)?, run_out(keys, row)?));
    }
    for row in reserved {
        if let Some(ends_at) = optional_time(row, "expires_at")? {
            let claim = Claim::of_seat(buyer(keys, row)?, time(row, "created_at")?, ends_at);
            let claim = Claim { address: address(row)?, ..claim };
            claims.push((id(row, "route_id")?, Holder::Ticket(id(row, "id")?), claim));
        }
    }
    let of_hold = |hold: &Hold| (hold.route_id, hold.holder(), Claim::of_live_hold(hold));
    claims.extend(live_holds.iter().map(of_hold));
    Ok(claims)
}

/// Whose a reserved ticket is. Only a guest's phone has to be decrypted for it.
fn buyer(keys: &DataKeys, row: &Row) -> Result<Caller> {
    if let Some(account) = optional_id(row, "user_id")? {
        return Ok(Caller::Account(account));
    }
    let person = keys.ticket_person(id(row, "id")?, ticket::columns(row)?)?;
    Ok(Caller::Phone(person.phone))
}

fn run_out(keys: &DataKeys, row: &Row) -> Result<Claim> {
    let account: Option<UserId> = optional_id(row, "user_id")?;
    let phone: Option<String> = get(row, "phone")?;
    let (route_id, holder) = (id(row, "route_id")?, seat::holder(row)?);
    let phone = phone.map(|stored| keys.phone_of_run_out(route_id, holder, stored));
    let phone = phone.transpose()?.map(Caller::Phone);
    let ran_out_at = time(row, "ran_out_at")?;
    Ok(Claim {
        caller: account.map(Caller::Account).or(phone),
        address: address(row)?,
        seats: read(row, "seats", |seats: i64| u16::try_from(seats).ok())?,
        since: time(row, "since")?,
        ends_at: ran_out_at,
        ran_out_at: Some(ran_out_at),
    })
}

fn address(row: &Row) -> Result<Option<AddressKey>> {
    read_optional(row, "address", |bytes: &[u8]| Some(AddressKey(bytes.try_into().ok()?)))
}
