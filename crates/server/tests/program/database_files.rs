//! The files of the database: private, locked, and what happens when they disappear or the disk is
//! full.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::api::{Answer, Api};
use crate::support::running_server::{Ended, Launch};
use crate::support::world::{World, booking, id};

/// More bookings than fit below the limit.
const BOOKINGS: u16 = 40;

/// An answer that says to try again, and when.
fn unavailable(answer: &Answer) -> Value {
    assert!(answer.header("retry-after").is_some_and(|after| after.parse::<u32>().is_ok()));
    answer.problem(503, "unavailable")
}

/// All who ask within a quarter of a second get the same answer.
const SAID_FOR: Duration = Duration::from_millis(250);

fn ready(world: &World) -> Answer {
    std::thread::sleep(SAID_FOR);
    world.nobody.get("/health/ready")
}

fn mode_of(path: &Path) -> u32 {
    std::fs::metadata(path).expect("it is there").permissions().mode() & 0o777
}

/// Only `/health/ready` is called in between: a server that gets no commands because it is not
/// ready has to find out by itself that there is space again.
#[test]
fn a_full_disk_is_told_as_such_until_there_is_space_again() {
    let world = World::new();
    let routes = [world.some_route(), world.some_route()];
    let booked = world.booked(&world.owner, &routes[0], 1);
    let log = world.folder.path().join("s.db-wal");
    let size = std::fs::metadata(&log).unwrap().len();
    for round in 2..=3 {
        world.server.limit_file_size(Some(size));
        let refused: Vec<_> = (1..=BOOKINGS)
            .map(|seat| world.agent.post("/tickets", &booking(&routes[1], seat)))
            .filter(|answer| answer.status != 201 && answer.status != 409)
            .collect();
        assert!(!refused.is_empty(), "the disk was not full");
        refused.iter().for_each(|answer| drop(unavailable(answer)));
        // With the id of a failed request the operator finds the writer's error.
        let request_id = refused[0].header("x-request-id").unwrap().to_owned();
        let log = world.server.log();
        let said = log.lines().rfind(|line| line.contains("no command is acknowledged"));
        assert!(said.is_some_and(|line| line.contains(&request_id)), "no {request_id}: {log}");
        let not_ready = unavailable(&ready(&world));
        assert_ne!(not_ready["detail"], "the store does not answer", "it says why");
        // Other commands than sales, too; reads still work.
        unavailable(&world.admin.post("/stations", &json!({"name": "Yer Yok"})));
        unavailable(&world.agent.call("PATCH", &format!("/tickets/{}/cancel", id(&booked))));
        world.owner.get(&format!("/tickets/{}", id(&booked))).ok(200);

        world.server.limit_file_size(None);
        ready(&world).ok(200);
        world.booked(&world.owner, &routes[0], round);
    }
    let said = world.server.log().matches("until then no command is acknowledged").count();
    assert_eq!(said, 2, "once for each time: {}", world.server.log());
    // No acknowledged sale is lost, and no refused one is there.
    let World { server, folder, owner, .. } = world;
    let before = owner.get("/tickets/my-tickets").ok(200);
    server.kill();
    let server = Launch::own(folder.path()).run();
    let owner = Api::new(server.url()).with_token(owner.token.unwrap());
    assert_eq!(owner.get("/tickets/my-tickets").ok(200), before);
    assert_eq!(before.as_array().unwrap().len(), 3);
}

#[test]
fn files_that_are_gone_end_all_acknowledging_until_they_are_back() {
    let world = World::new();
    let route = world.some_route();
    world.booked(&world.owner, &route, 1);
    for (seat, suffix) in [(2, ""), (3, "-wal"), (4, "-shm")] {
        let path = world.folder.path().join(format!("s.db{suffix}"));
        let aside = world.folder.path().join("aside");
        std::fs::rename(&path, &aside).unwrap();
        for _ in 0..3 {
            unavailable(&world.owner.post("/tickets", &booking(&route, seat)));
            let why = unavailable(&ready(&world));
            assert!(why["detail"].as_str().unwrap().contains("no longer where they were"), "{why}");
        }
        // Another file with the same name is not accepted.
        std::fs::copy(&aside, &path).unwrap();
        unavailable(&ready(&world));
        unavailable(&world.owner.post("/tickets", &booking(&route, seat)));

        std::fs::rename(&aside, &path).unwrap();
        ready(&world).ok(200);
        world.booked(&world.owner, &route, seat);
    }
    let log = world.server.log();
    assert_eq!(log.matches("until then no command is acknowledged").count(), 3, "{log}");
    assert_eq!(world.seq(id(&route)), 4);
}

/// The log has the newest acknowledged sales. When it is removed, they are written into the
/// database.
#[test]
fn what_was_acknowledged_before_the_log_was_removed_is_kept() {
    let world = World::new();
    let route = world.some_route();
    for seat in 1..=20 {
        world.booked(&world.owner, &route, seat);
    }
    std::fs::remove_file(world.folder.path().join("s.db-wal")).unwrap();
    unavailable(&world.owner.post("/tickets", &booking(&route, 21)));
    let World { server, folder, owner, .. } = world;
    server.kill();
    let server = Launch::own(folder.path()).run();
    let owner = Api::new(server.url()).with_token(owner.token.unwrap());
    let tickets = owner.get("/tickets/my-tickets?limit=100").ok(200);
    assert_eq!(tickets.as_array().unwrap().len(), 20);
    owner.post("/tickets", &booking(&route, 21)).ok(201);
}

#[test]
fn a_removed_database_ends_all_acknowledging_for_good() {
    let world = World::new();
    let route = world.some_route();
    std::fs::remove_file(world.folder.path().join("s.db")).unwrap();
    for seat in 1..=3 {
        unavailable(&world.owner.post("/tickets", &booking(&route, seat)));
    }
    unavailable(&ready(&world));
    assert_eq!(world.seq(id(&route)), 0, "nothing was carried out");
}

/// The names by which a second process tries. The control is the first: its own name is refused.
#[test]
fn a_second_process_is_refused_by_whatever_name_it_comes() {
    let world = World::new();
    let folder = world.folder.path();
    let (file, link) = (folder.join("s.db"), folder.join("link.db"));
    let second = |database: &Path| -> Ended {
        let database = format!("sqlite://{}", database.display());
        Launch::own(folder).setting("DATABASE", &database).ended()
    };
    let refused = |database: &Path| {
        let ended = second(database);
        assert_eq!((ended.exit_code, ended.stdout.as_str()), (Some(2), ""), "{}", ended.stderr);
        assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
        assert!(ended.stderr.contains("in use by another process"), "{}", ended.stderr);
        ready(&world).ok(200);
    };
    refused(&file);
    // The lock file of earlier versions.
    drop(std::fs::remove_file(folder.join("s.db.lock")));
    refused(&file);
    symlink(&file, &link).unwrap();
    refused(&link);
    std::fs::remove_file(&link).unwrap();
    symlink(folder, folder.join("around")).unwrap();
    refused(&folder.join("around/s.db"));
    std::fs::hard_link(&file, &link).unwrap();
    refused(&link);
    // None of this did any harm: the first one goes on, and its writes last.
    let route = world.some_route();
    world.booked(&world.owner, &route, 1);
}

/// With two names the log is beside one of them, and a start with the other name would not see it.
#[test]
fn a_database_with_two_names_is_not_started() {
    let world = World::new();
    let route = world.some_route();
    world.booked(&world.owner, &route, 1);
    let World { server, folder, owner, .. } = world;
    server.kill();
    let (file, link) = (folder.path().join("s.db"), folder.path().join("link.db"));
    std::fs::hard_link(&file, &link).unwrap();
    for name in [&link, &file] {
        let database = format!("sqlite://{}", name.display());
        let ended = Launch::own(folder.path()).setting("DATABASE", &database).ended();
        assert_eq!(ended.exit_code, Some(2), "{}", ended.stderr);
        assert!(ended.stderr.contains("has a second name (a hard link)"), "{}", ended.stderr);
    }
    std::fs::remove_file(&link).unwrap();
    let server = Launch::own(folder.path()).run();
    let owner = Api::new(server.url()).with_token(owner.token.unwrap());
    assert_eq!(owner.get("/tickets/my-tickets").ok(200).as_array().unwrap().len(), 1);
}

#[test]
fn files_and_folders_are_for_their_owner_alone_whatever_the_umask() {
    for umask in ["0000", "0022", "0777"] {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("var/lib");
        let database = format!("sqlite://{}", inner.join("s.db").display());
        let launch = Launch::bare(folder.path()).setting("DATABASE", &database).umask(umask);
        let server = launch.run();
        for file in ["s.db", "s.db-wal", "s.db-shm", "s.db.jwt-secret"] {
            assert_eq!(mode_of(&inner.join(file)), 0o600, "{file} with {umask}");
        }
        for made in [&inner, &folder.path().join("var")] {
            assert_eq!(mode_of(made), 0o700, "{} with {umask}", made.display());
        }
        assert!(!server.log().contains("chmod 600"), "{}", server.log());
    }
}

/// An existing file may be meant to be read by a group; that it can be is reported.
#[test]
fn a_database_that_others_can_read_is_left_so_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let launch = Launch::own(folder.path());
    assert_eq!(launch.run().terminate().exit_code, Some(0));
    let file = folder.path().join("s.db");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
    let ended = launch.run().terminate();
    assert!(ended.stderr.contains("chmod 600"), "{}", ended.stderr);
    assert_eq!(mode_of(&file), 0o640);
}
