//! `seatwire backup` beside a server that sells, and `seatwire restore` of what it wrote.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};

use rusqlite::Connection;

use crate::support::api::Api;
use crate::support::running_server::{Ended, Launch};
use crate::support::world::{CARD_THAT_PAYS, World, booking, id, pay};

/// Backups that are taken until one had a sale during it.
const BACKUPS_MAX: usize = 100;

fn seatwire(folder: &Path, args: &[&str]) -> Ended {
    args.iter().fold(Launch::bare(folder), |launch, arg| launch.arg(arg)).ended()
}

#[track_caller]
fn done(folder: &Path, args: &[&str]) -> String {
    let ended = seatwire(folder, args);
    assert_eq!(ended.exit_code, Some(0), "{args:?}: {}", ended.stderr);
    ended.stdout
}

#[track_caller]
fn refused(folder: &Path, args: &[&str], told: &str) {
    let ended = seatwire(folder, args);
    assert_eq!((ended.exit_code, ended.stdout.as_str()), (Some(1), ""), "{}", ended.stderr);
    assert!(ended.stderr.contains(told), "{args:?}: {}", ended.stderr);
}

fn number(database: &Connection, sql: &str) -> i64 {
    database.query_row(sql, [], |row| row.get(0)).unwrap_or_else(|error| panic!("{sql}: {error}"))
}

/// What must hold of any copy, of whatever moment. Returns its number of tickets.
fn adds_up(file: &Path) -> i64 {
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let database = Connection::open(file).unwrap();
    assert_eq!(
        database.query_row("PRAGMA journal_mode", [], |row| row.get::<_, String>(0)).unwrap(),
        "delete",
        "one file, without a log beside it"
    );
    let holding = "status IN ('RESERVED', 'CONFIRMED')";
    let legs = number(&database, "SELECT count(*) FROM seat_legs");
    let sold = format!(
        "SELECT coalesce(sum(to_stop_index - from_stop_index), 0) FROM tickets WHERE {holding}"
    );
    assert_eq!(legs, number(&database, &sold), "a leg for each of each ticket that holds a seat");
    let captured = "SELECT coalesce(sum(amount), 0) FROM payment_shares WHERE state = 'CAPTURED'";
    let paid = "SELECT coalesce(sum(price), 0) FROM tickets WHERE payment_status = 'PAID'";
    assert_eq!(number(&database, captured), number(&database, paid), "the money of paid tickets");
    let events = "SELECT count(DISTINCT ticket_id) FROM route_events WHERE kind = 'seat_reserved'";
    let tickets = number(&database, "SELECT count(*) FROM tickets");
    assert_eq!(number(&database, events), tickets, "an event for each ticket");
    tickets
}

#[test]
fn a_backup_beside_a_server_that_sells_adds_up() {
    let world = World::with(|launch| launch.setting("RATE_LIMIT", "off"));
    let folder = world.folder.path();
    let routes: Vec<_> = (0..20).map(|_| world.some_route()).collect();
    let (sold, is_over) = (AtomicU16::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for (route, seat) in
                routes.iter().flat_map(|route| (1..=40).map(move |seat| (route, seat)))
            {
                if is_over.load(Ordering::Acquire) {
                    return;
                }
                let ticket = world.booked(&world.owner, route, seat);
                sold.fetch_add(1, Ordering::AcqRel);
                if seat % 3 == 0 {
                    pay(&world.owner, id(&ticket), CARD_THAT_PAYS).ok(200);
                }
            }
        });
        let mut has_seen_a_sale = false;
        for index in 0..BACKUPS_MAX {
            let to = folder.join(format!("backup-{index}.db"));
            let before = sold.load(Ordering::Acquire);
            let told = done(folder, &["backup", "--to", to.to_str().unwrap()]);
            let after = sold.load(Ordering::Acquire);
            assert!(told.contains("checked and synced") && told.contains("jwt-secret"), "{told}");
            let tickets = adds_up(&to);
            assert!(i64::from(before) <= tickets, "what was answered before is in it");
            // One ticket may be committed and not yet answered.
            assert!(tickets <= i64::from(after) + 1, "{tickets} tickets and {after} answered");
            has_seen_a_sale |= before > 0 && before < after;
            if has_seen_a_sale {
                break;
            }
        }
        is_over.store(true, Ordering::Release);
        assert!(has_seen_a_sale, "nothing was sold while a backup was taken");
    });
    let left: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().contains("partial")), "{left:?}");
}

#[test]
fn a_backup_takes_no_name_that_is_taken_and_gives_none_to_what_is_damaged() {
    let world = World::new();
    let folder = world.folder.path();
    let to = folder.join("b.db");
    let to = to.to_str().unwrap();
    std::fs::write(to, "something else").unwrap();
    refused(folder, &["backup", "--to", to], "is there already, and is not written over");
    assert_eq!(std::fs::read_to_string(to).unwrap(), "something else");
    let nowhere = folder.join("no/such/folder/b.db");
    refused(folder, &["backup", "--to", nowhere.to_str().unwrap()], "cannot write");

    let route = world.some_route();
    world.booked(&world.owner, &route, 1);
    let World { server, folder, .. } = world;
    server.terminate();
    let folder = folder.path();
    let database = Connection::open(folder.join("s.db")).unwrap();
    database.pragma_update(None, "foreign_keys", false).unwrap();
    database.execute("DELETE FROM bookings", []).unwrap();
    drop(database);
    let damaged = folder.join("damaged.db");
    let told = "a row of tickets points to a row of bookings that is not there";
    refused(folder, &["backup", "--to", damaged.to_str().unwrap()], told);
    assert!(!damaged.exists());
    let empty = tempfile::tempdir().unwrap();
    refused(
        empty.path(),
        &["backup", "--to", damaged.to_str().unwrap()],
        "there is no database at",
    );
    assert_eq!(std::fs::read_dir(empty.path()).unwrap().count(), 0, "none is made by asking");
}

#[test]
fn a_restored_backup_is_what_was_there_and_nothing_is_destroyed() {
    let world = World::new();
    let route = world.some_route();
    let kept = world.paid(&route, 1);
    let backup = world.folder.path().join("b.db");
    let from = backup.to_str().unwrap();
    done(world.folder.path(), &["backup", "--to", from]);
    let lost = world.booked(&world.owner, &route, 2);

    // Not under a running server, whatever the flags.
    for flags in
        [&["restore", "--from", from] as &[&str], &["restore", "--replace", "--from", from]]
    {
        let ended = seatwire(world.folder.path(), flags);
        assert_eq!(ended.exit_code, Some(1), "{}", ended.stderr);
    }
    refused(world.folder.path(), &["restore", "--replace", "--from", from], "is in use by another");
    world.owner.get(&format!("/tickets/{}", id(&lost))).ok(200);

    let World { server, folder, owner, .. } = world;
    // Its newest bookings are only in the log.
    server.kill();
    let path = folder.path();
    refused(path, &["restore", "--from", from], "`--replace` moves it aside first");
    let told = done(path, &["restore", "--replace", "--from", from]);
    assert!(told.contains("Viewers that come back begin anew"), "{told}");
    let aside = told.split("What was there is ").nth(1).and_then(|rest| rest.split(" now").next());
    let aside = aside.unwrap_or_else(|| panic!("{told}"));

    let server = Launch::own(path).run();
    let owner = Api::new(server.url()).with_token(owner.token.expect("a token"));
    assert_eq!(owner.get(&format!("/tickets/{}", id(&kept))).ok(200)["status"], "CONFIRMED");
    owner.get(&format!("/tickets/{}", id(&lost))).problem(404, "ticket_not_found");
    owner.post("/tickets", &booking(&route, 2)).ok(201);
    server.terminate();

    // The file that was moved aside is whole, with its log.
    let aside = Connection::open(aside).unwrap();
    assert_eq!(number(&aside, "SELECT count(*) FROM tickets"), 2);
}

#[test]
fn what_is_no_backup_is_not_restored() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let file = |name: &str| path.join(name).to_str().unwrap().to_owned();
    let restored = |from: &str, told: &str| {
        refused(path, &["restore", "--from", from], told);
        assert!(!path.join("s.db").exists(), "{told}");
    };
    restored(&file("none.db"), "there is no database at");
    let nothing = ["restore", "--replace", "--from", &file("none.db")];
    refused(path, &nothing, "there is no database to replace at");
    std::fs::write(file("text.db"), "no database at all, but longer than a head of one".repeat(9))
        .unwrap();
    restored(&file("text.db"), "is no database that can be read");
    Connection::open(file("other.db")).unwrap().execute_batch("CREATE TABLE a (b)").unwrap();
    restored(&file("other.db"), "holds no database of Seatwire");

    assert_eq!(Launch::own(path).run().terminate().exit_code, Some(0));
    std::fs::rename(file("s.db"), file("newer.db")).unwrap();
    let newer = Connection::open(file("newer.db")).unwrap();
    let note = "INSERT INTO refinery_schema_history SELECT 9999, 'x', applied_on, checksum FROM refinery_schema_history LIMIT 1";
    newer.execute(note, []).unwrap();
    drop(newer);
    restored(&file("newer.db"), "was made by a newer version of Seatwire");
    // A log that was left behind belongs to another database.
    std::fs::write(file("s.db-wal"), "of another").unwrap();
    Connection::open(file("newer.db"))
        .unwrap()
        .execute("DELETE FROM refinery_schema_history WHERE version = 9999", [])
        .unwrap();
    restored(&file("newer.db"), "s.db-wal is there already");
    std::fs::remove_file(file("s.db-wal")).unwrap();
    done(path, &["restore", "--from", &file("newer.db")]);
    assert_eq!(Launch::own(path).run().terminate().exit_code, Some(0));
}
