//! Who has not paid for what on routes, and who let seats run out.

use std::collections::HashMap;

use domain::fair_use::{AddressKey, Caller, Claim, Claims};
use domain::{Holder, RouteId, UserId};
use store::DataKeys;
use tokio_postgres::Row;
use uuid::Uuid;

use crate::column::{get, id, optional_id, read, read_optional, time};
use crate::db::{Db, Values};
use crate::fault::Result;
use crate::table::ticket::{select_tickets, ticket};
use crate::table::{hold, seat};

const RUN_OUTS: &str = "SELECT route_id, holder_kind, holder_id, user_id, phone, address, seats, since, \
     ran_out_at FROM run_outs WHERE route_id = ANY($1)";

/// Reserved and not paid, with the address that it was reserved from.
const RESERVED: &str = select_tickets!(
    ", (SELECT address FROM reserved_from WHERE ticket_id = t.id) AS address \
     FROM tickets t WHERE t.route_id = ANY($1) AND t.facet < 9"
);

pub(super) async fn of_routes(db: Db<'_>, routes: &[RouteId]) -> Result<HashMap<RouteId, Claims>> {
    let ids: Vec<Uuid> = routes.iter().map(|id| id.0).collect();
    let values: Values<'_> = &[&ids];
    let (run_outs, reserved, holds) = tokio::try_join!(
        db.rows(RUN_OUTS, values),
        db.rows(RESERVED, values),
        hold::live_on(db, routes)
    )?;
    let mut claims: HashMap<RouteId, Claims> = HashMap::new();
    for row in &run_outs {
        claims
            .entry(id(row, "route_id")?)
            .or_default()
            .put(seat::holder(row)?, run_out(db.keys(), row)?);
    }
    for row in &reserved {
        let ticket = ticket(db.keys(), row)?;
        if let Some(ends_at) = ticket.expires_at {
            let claim = Claim { address: address(row)?, ..Claim::of_reservation(&ticket, ends_at) };
            claims.entry(ticket.route_id).or_default().put(Holder::Ticket(ticket.id), claim);
        }
    }
    for hold in holds {
        claims.entry(hold.route_id).or_default().put(hold.holder(), Claim::of_live_hold(&hold));
    }
    Ok(claims)
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
