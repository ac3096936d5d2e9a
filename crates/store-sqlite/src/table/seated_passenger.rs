//! The live tickets of a passenger with a document on a route: found by index, and few.

use domain::identity::{Identity, Passport};
use domain::{RouteId, SeatedPassenger};
use rusqlite::{Params, Row, params};

use crate::column::{bytes, id, segment};
use crate::db::Db;
use crate::fault::Result;

const BY_IDENTITY: &str = "SELECT id, from_stop_index, to_stop_index FROM tickets \
     INDEXED BY tickets_seated_by_identity WHERE route_id = ? AND identity_number = ? \
     AND status IN ('RESERVED', 'CONFIRMED')";

/// In an encrypted row, the hash of the number includes its country, and the country's column is
/// empty.
const BY_PASSPORT: &str = "SELECT id, from_stop_index, to_stop_index FROM tickets \
     INDEXED BY tickets_seated_by_passport WHERE route_id = ? AND passport_number = ? \
     AND status IN ('RESERVED', 'CONFIRMED') AND ifnull(passport_country = ?, TRUE)";

pub(crate) fn seated(
    db: &Db,
    route_id: RouteId,
    identity: &Identity,
) -> Result<Vec<SeatedPassenger>> {
    let mut found = Vec::new();
    // A row stands under one of the texts.
    for text in db.keys().document_lookups(identity) {
        let route = bytes(route_id.0);
        match identity {
            Identity::Turkish(_) => {
                find(db, BY_IDENTITY, params![route, text], (route_id, identity), &mut found)?;
            }
            Identity::Passport(Passport { country, .. }) => {
                let values = params![route, text, country.as_str()];
                find(db, BY_PASSPORT, values, (route_id, identity), &mut found)?;
            }
        }
    }
    Ok(found)
}

fn find(
    db: &Db,
    sql: &str,
    values: impl Params,
    (route_id, identity): (RouteId, &Identity),
    found: &mut Vec<SeatedPassenger>,
) -> Result<()> {
    let mut statement = db.prepare_cached(sql)?;
    let seated = |row: &Row<'_>| {
        let (ticket_id, segment) = (id(row, "id")?, segment(row)?);
        Ok(SeatedPassenger { route_id, identity: identity.clone(), ticket_id, segment })
    };
    for one in statement.query_map(values, seated)? {
        found.push(one?);
    }
    Ok(())
}
