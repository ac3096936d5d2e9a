//! The one door: every write of the program is a job made here.
//!
//! A command on the inventory is decided on the working set; any other write reads and writes its
//! tables by itself, in the order of arrival.

use domain::audit::{self, Audited};
use domain::{Command, PaymentId, Refusal};
use store::{
    AccountChange, CatalogueWrite, Done, Envelope, KeyRow, Made, PeopleWrite, Sender, Write,
};

use crate::fault::{Fault, Result};
use crate::group::statement;
use crate::inside::Inside;
use crate::table::{
    account, bus, bus_feature, bus_token, idempotency_key, mail_token, refresh_family, route_write,
    seat_layout, second_factor, station, user,
};
use crate::{inventory, mail_writes, pruning, route_changes};

/// Whether it reads or writes tables without the working set.
pub(crate) fn is_by_itself(envelope: &Envelope) -> bool {
    matches!(envelope.write, Write::Catalogue(_) | Write::People(_) | Write::Prune(_))
}

/// An error leaves nothing behind. A refusal inside leaves only what stands under the key of its
/// request.
pub(crate) fn execute(
    inside: &mut Inside<'_>,
    envelope: &Envelope,
) -> Result<std::result::Result<Done, Refusal>> {
    let Some(key) = &envelope.sender.key else { return write(inside, envelope).map(Ok) };
    for known in key.known_as() {
        if inside.set.key(known.id).is_none()
            && let Some(row) = idempotency_key::by_id(inside.connection, known.id)?
        {
            inside.set.put_key(row);
        }
    }
    if let Some(refusal) = inside.set.meet(key, envelope.now) {
        return Err(refusal.into());
    }
    let result = write_or_refuse(inside, envelope)?;
    if let Some(row) = KeyRow::after(key, result.as_ref(), envelope.now) {
        inside.set.set_key(row);
    }
    Ok(result)
}

/// A refused write is undone here: the job itself succeeds, because its answer has to be kept.
fn write_or_refuse(
    inside: &mut Inside<'_>,
    envelope: &Envelope,
) -> Result<std::result::Result<Done, Refusal>> {
    // In memory a refusal has changed nothing.
    let savepoint = is_by_itself(envelope);
    let told = inside.events.len();
    let connection = inside.connection;
    if savepoint {
        statement(connection, "SAVEPOINT keyed")?;
    }
    let result = match write(inside, envelope) {
        Ok(done) => Ok(done),
        Err(Fault::Refused(refusal)) => Err(refusal),
        Err(fault) => return Err(fault),
    };
    if savepoint {
        if result.is_err() {
            inside.untell(told);
            statement(connection, "ROLLBACK TO keyed")?;
        }
        statement(connection, "RELEASE keyed")?;
    }
    Ok(result)
}

fn write(inside: &mut Inside<'_>, envelope: &Envelope) -> Result<Done> {
    // An earlier job that was refused may have left rows here.
    inside.audited.clear();
    let done = write_tables(inside, envelope)?;
    inside.set.audit(envelope, inside.audited.drain(..));
    Ok(done)
}

/// Each change without the working set is noted in [`Inside::audited`], with the old and the new
/// state.
fn write_tables(inside: &mut Inside<'_>, envelope: &Envelope) -> Result<Done> {
    let made = Made::of(envelope);
    match &envelope.write {
        Write::Inventory(command) => {
            let answer = inventory::execute(inside, command, envelope)?;
            let done = Done::Inventory(Box::new(answer));
            if let Command::SettlePayment(settle) = command {
                settle_key(inside, settle.payment_id, &envelope.sender, &done)?;
            }
            Ok(done)
        }
        Write::Catalogue(write) => change_catalogue(inside, write, made),
        Write::People(write) => change_people(inside, write, made),
        Write::Prune(write) => Ok(Done::Pruned(pruning::prune(inside, *write)? as u64)),
        Write::Shown(shown) => {
            inside.audited.push(Audited::shown(shown));
            Ok(Done::Nothing)
        }
        // There is no other node that would read it.
        Write::Viewers(_, order) => {
            inside.audited.push(audit::of_viewer_order(order));
            Ok(Done::Nothing)
        }
        Write::Nothing => Ok(Done::Nothing),
    }
}

/// The request that began a payment gets its answer with the payment's end, whichever write brings
/// that.
fn settle_key(
    inside: &mut Inside<'_>,
    payment_id: PaymentId,
    sender: &Sender,
    done: &Done,
) -> Result<()> {
    // A key that was settled in this group, and is not written yet, waits no more.
    if inside.set.key_of(payment_id).is_none()
        && let Some(row) = idempotency_key::of_payment(inside.connection, payment_id)?
        && inside.set.key(row.id).is_none()
    {
        inside.set.put_key(row);
    }
    inside.set.settle_key(payment_id, sender, done);
    Ok(())
}

fn change_catalogue(
    inside: &mut Inside<'_>,
    write: &CatalogueWrite,
    made: Made<'_>,
) -> Result<Done> {
    let connection = inside.connection;
    Ok(match write {
        CatalogueWrite::CreateRoute(id, plan) => {
            let view = route_write::insert(connection, *id, plan, made.now)?;
            inside.audited.extend(audit::of_route(None, Some(&view.route)));
            Done::Route(Box::new(view))
        }
        CatalogueWrite::ChangeRoute(id, patch) => {
            let view = route_changes::update_route(inside, *id, patch.clone(), made)?;
            Done::Route(Box::new(view))
        }
        CatalogueWrite::DeleteRoute(id) => {
            Done::Route(Box::new(route_changes::delete_route(inside, *id, made)?))
        }
        CatalogueWrite::CreateBus(id, details) => {
            let bus = bus::insert(connection, *id, details.clone(), made.now)?;
            inside.audited.extend(audit::of_bus(None, Some(&bus)));
            Done::Bus(Box::new(bus))
        }
        CatalogueWrite::ChangeBus(id, patch) => {
            Done::Bus(Box::new(route_changes::update_bus(inside, *id, patch.clone(), made)?))
        }
        CatalogueWrite::DeleteBus(id) => {
            let old = bus::delete(connection, *id, made)?;
            inside.audited.extend(audit::of_bus(Some(&old), None));
            Done::Bus(Box::new(old))
        }
        CatalogueWrite::CreateSeatLayout(layout) => {
            seat_layout::insert(connection, layout)?;
            inside.audited.extend(audit::of_layout(None, Some(layout)));
            Done::SeatLayout(Box::new(layout.clone()))
        }
        CatalogueWrite::ChangeSeatLayout(id, patch) => {
            let layout = route_changes::update_seat_layout(inside, *id, patch.clone(), made)?;
            Done::SeatLayout(Box::new(layout))
        }
        CatalogueWrite::DeleteSeatLayout(id) => {
            let old = seat_layout::delete(connection, *id, made)?;
            inside.audited.extend(audit::of_layout(Some(&old), None));
            Done::SeatLayout(Box::new(old))
        }
        CatalogueWrite::CreateBusFeature(feature) => {
            bus_feature::insert(connection, feature)?;
            inside.audited.extend(audit::of_feature(None, Some(feature)));
            Done::BusFeature(feature.clone())
        }
        CatalogueWrite::ChangeBusFeature(id, patch) => {
            Done::BusFeature(route_changes::update_bus_feature(inside, *id, patch.clone(), made)?)
        }
        CatalogueWrite::DeleteBusFeature(id) => {
            Done::BusFeature(route_changes::delete_bus_feature(inside, *id, made)?)
        }
        CatalogueWrite::GiveBusToken(id, digest) => {
            let bus = bus_token::save(connection, *id, *digest, made.now)?;
            inside.audited.push(audit::of_bus_token(&bus, true));
            Done::Bus(Box::new(bus))
        }
        CatalogueWrite::RevokeBusToken(id) => {
            let (bus, had_one) = bus_token::delete(connection, *id)?;
            inside.audited.extend(had_one.then(|| audit::of_bus_token(&bus, false)));
            Done::Bus(Box::new(bus))
        }
        CatalogueWrite::CreateStation(station) => {
            station::insert(connection, station)?;
            inside.audited.extend(audit::of_station(None, Some(station)));
            Done::Station(station.clone())
        }
        CatalogueWrite::ChangeStation(id, patch) => {
            let (old, station) = station::change(connection, *id, patch, made)?;
            inside.audited.extend(audit::of_station(Some(&old), Some(&station)));
            Done::Station(station)
        }
        CatalogueWrite::DeleteStation(id) => {
            let old = station::delete(connection, *id, made)?;
            inside.audited.extend(audit::of_station(Some(&old), None));
            Done::Station(old)
        }
    })
}

fn change_people(inside: &mut Inside<'_>, write: &PeopleWrite, made: Made<'_>) -> Result<Done> {
    let connection = inside.connection;
    Ok(match write {
        PeopleWrite::CreateUser(new, password_hash) => {
            user::insert(connection, new, &password_hash.0)?;
            inside.audited.push(audit::of_user(None, new));
            Done::User(new.clone())
        }
        PeopleWrite::ChangeAccount(id, change) => {
            inside.changed_users.push(*id);
            let (old, user) = account::change(connection, *id, change, made)?;
            match change {
                AccountChange::Password { .. } => {
                    inside.audited.push(audit::of_password(&old, &user));
                }
                AccountChange::Edit { .. } | AccountChange::RoleByProvider(_) if old == user => {}
                AccountChange::Edit { .. } | AccountChange::RoleByProvider(_) => {
                    inside.audited.push(audit::of_user(Some(&old), &user));
                }
                AccountChange::RevokeToken { .. } | AccountChange::RevokeAll => {
                    inside.audited.push(audit::of_revoked_tokens(&user));
                }
                AccountChange::Erase => inside.audited.push(audit::of_user(Some(&old), &user)),
                AccountChange::Delete => inside.audited.push(audit::of_deleted_user(&old)),
            }
            Done::User(user)
        }
        PeopleWrite::Register(new, password_hash, letter) => {
            user::insert(connection, new, &password_hash.0)?;
            mail_token::send_verification(connection, new.id, letter, made.now)?;
            inside.audited.push(audit::of_user(None, new));
            Done::User(new.clone())
        }
        PeopleWrite::Factor(write) => {
            let user = second_factor::write(connection, write, made.now)?;
            inside.audited.extend(user.as_ref().and_then(|user| write.audited(user)));
            Done::Holder(user)
        }
        PeopleWrite::Mail(write) => mail_writes::write(inside, write, made)?,
        PeopleWrite::BeginFamily(id, generation, token) => {
            refresh_family::begin(connection, *id, *generation, token, made.now)?;
            Done::Nothing
        }
        PeopleWrite::Refresh { shown, made_here, next } => {
            let shown = (*shown, *made_here);
            let whose = refresh_family::go_on(connection, shown, next, made.now)?;
            Done::Refreshed(whose.map(Box::new))
        }
    })
}
