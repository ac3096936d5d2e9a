//! `reserved_from`: the addresses of reserved seats that are not paid yet.

use std::collections::HashMap;

use domain::fair_use::AddressKey;
use domain::{RouteId, TicketId};
use rusqlite::{Connection, params};

use crate::column::{bytes, id};
use crate::fault::Result;

pub(crate) fn of_route(
    connection: &Connection,
    route_id: RouteId,
) -> Result<HashMap<TicketId, AddressKey>> {
    let addresses = connection
        .prepare_cached(
            "SELECT ticket_id, address FROM reserved_from WHERE ticket_id IN \
             (SELECT holder_id FROM seat_legs WHERE route_id = ? AND holder_kind = 0)",
        )?
        .query_map([bytes(route_id.0)], |row| {
            Ok((id(row, "ticket_id")?, AddressKey(row.get("address")?)))
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(addresses)
}

/// `None`: the address owes nothing for it any more.
pub(crate) fn write(
    connection: &Connection,
    ticket_id: TicketId,
    address: Option<AddressKey>,
) -> Result<()> {
    match address {
        Some(AddressKey(address)) => connection
            .prepare_cached("INSERT OR REPLACE INTO reserved_from VALUES (?, ?)")?
            .execute(params![bytes(ticket_id.0), address])?,
        None => connection
            .prepare_cached("DELETE FROM reserved_from WHERE ticket_id = ?")?
            .execute([bytes(ticket_id.0)])?,
    };
    Ok(())
}
