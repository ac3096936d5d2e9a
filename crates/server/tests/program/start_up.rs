//! Starts that must fail, with an exit code and a sentence; and clean stops.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener, TcpStream};

use crate::support::api::Api;
use crate::support::event_reader::watch;
use crate::support::raw_connection::RawConnection;
use crate::support::running_server::Launch;
use crate::support::websocket_frame::{CLOSE, next, open};
use crate::support::world::{ADMIN_EMAIL, PASSWORD, World, id};

#[test]
fn every_fault_of_the_configuration_is_told_at_once_before_a_port_is_bound() {
    let folder = tempfile::tempdir().unwrap();
    // If a port were bound first, this one would be found taken.
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("localhost:{}", taken.local_addr().unwrap().port());
    let ended = Launch::bare(folder.path())
        .setting("LISTEN", &address)
        .setting("COLOUR", "red")
        .setting("HOLD_SECONDS", "0")
        .setting("REDIS", "redis://cache")
        .arg("--timezone=Mars/Olympus")
        .arg("--fast")
        .ended();
    assert_eq!((ended.exit_code, ended.stdout.as_str()), (Some(2), ""));
    let lines: Vec<_> = ended.stderr.lines().collect();
    assert_eq!(lines.len(), 5, "{lines:#?}");
    for (line, named) in lines.iter().zip([
        "SEATWIRE_REDIS",
        "SEATWIRE_HOLD_SECONDS",
        "--timezone",
        "--fast",
        "SEATWIRE_COLOUR",
    ]) {
        assert!(line.starts_with("seatwire: ") && line.contains(named), "{line}: {named}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was written");
}

#[test]
fn a_setting_in_the_file_is_checked_like_any_other() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("seatwire.toml"), "hold_second = 5\nmode = 3\n").unwrap();
    let ended = Launch::bare(folder.path()).ended();
    assert_eq!(ended.exit_code, Some(2));
    assert_eq!(ended.stderr.lines().count(), 2, "{}", ended.stderr);
    assert!(ended.stderr.contains("hold_seconds"), "the one that was meant: {}", ended.stderr);
}

#[test]
fn check_config_prints_what_it_understood_and_hides_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let launch = Launch::own(folder.path()).setting("JWT_SECRET", &"s3cret".repeat(6));
    let ended = launch.clone().arg("check-config").ended();
    assert_eq!((ended.exit_code, ended.stderr.as_str()), (Some(0), ""));
    assert!(ended.stdout.contains("hold_seconds = 900"), "{}", ended.stdout);
    assert!(
        !ended.stdout.contains("s3cret") && !ended.stdout.contains("horse"),
        "{}",
        ended.stdout
    );
    let ended = launch.setting("MODE", "prod").arg("check-config").ended();
    assert_eq!(ended.exit_code, Some(2));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was written");
}

#[test]
fn production_refuses_what_is_unsafe() {
    let folder = tempfile::tempdir().unwrap();
    let launch = Launch::bare(folder.path()).setting("MODE", "production");
    let told = |launch: &Launch| {
        let ended = launch.ended();
        assert_eq!((ended.exit_code, ended.stdout.as_str()), (Some(2), ""), "{}", ended.stderr);
        ended.stderr
    };
    let both = told(&launch);
    assert!(both.lines().count() == 2 && both.contains("JWT_SECRET"), "{both}");
    assert!(both.contains("ALLOW_MOCK_PAYMENTS: must be true"), "{both}");
    let launch = launch.setting("ALLOW_MOCK_PAYMENTS", "true");
    let launch = launch.setting("JWT_SECRET", &"s".repeat(31));
    assert!(told(&launch).contains("at least 32 bytes"));
    let launch = launch.setting("JWT_SECRET", "c81f94e0b7a25d3687f1c2be09a4d653");
    let both = told(&launch.clone().setting("DEMO", "true").setting("CORS_ORIGINS", "*"));
    assert_eq!(both.lines().count(), 2, "{both}");
    let nobody = told(&launch);
    assert_eq!(nobody.lines().count(), 1, "{nobody}");
    assert!(nobody.contains("there is no administrator who can log in"), "{nobody}");
    let launch = launch.setting("ADMIN_EMAIL", ADMIN_EMAIL).setting("ADMIN_PASSWORD", PASSWORD);
    // The control: with the missing settings it starts and logs in JSON.
    let server = launch.run();
    let api = Api::new(server.url());
    assert_eq!(api.get("/page-config.json").ok(200)["mode"], "production");
    let ended = server.terminate();
    assert_eq!(ended.exit_code, Some(0));
    assert!(ended.stderr.contains("payments go to the mock provider"), "{}", ended.stderr);
    for line in ended.stderr.lines() {
        assert!(serde_json::from_str::<serde_json::Value>(line).is_ok(), "{line}");
    }
}

#[test]
fn a_database_is_for_one_process() {
    let world = World::new();
    let ended = Launch::own(world.folder.path()).ended();
    assert_eq!((ended.exit_code, ended.stdout.as_str()), (Some(2), ""));
    assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
    assert!(ended.stderr.contains("in use by another process"), "{}", ended.stderr);
    world.nobody.get("/health/ready").ok(200);
}

#[test]
fn a_taken_port_is_bad_luck_and_told_in_a_sentence() {
    let world = World::new();
    let folder = tempfile::tempdir().unwrap();
    let address = format!("localhost:{}", world.server.port);
    let launch = Launch::own(folder.path()).setting("LISTEN", &address);
    let ended = launch.ended();
    assert_eq!((ended.exit_code, ended.stdout.as_str()), (Some(1), ""));
    let last = ended.stderr.lines().last().unwrap();
    assert!(
        last.starts_with(&format!("seatwire: port {} on localhost is in use", world.server.port))
    );
    // The port is free: the database was left in order.
    let World { server, .. } = world;
    assert_eq!(server.terminate().exit_code, Some(0));
    Api::new(launch.run().url()).get("/health/ready").ok(200);
}

#[test]
fn a_folder_that_cannot_be_written_is_told_in_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "in the way").unwrap();
    for path in [file.join("s.db"), file.join("deeper/s.db"), "/proc/seatwire/s.db".into()] {
        let database = format!("sqlite://{}", path.display());
        let ended = Launch::bare(folder.path()).setting("DATABASE", &database).ended();
        assert_eq!((ended.exit_code, ended.stdout.as_str()), (Some(2), ""), "{}", ended.stderr);
        assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
        let parent = path.parent().unwrap().display().to_string();
        assert!(ended.stderr.contains(&parent), "{}", ended.stderr);
    }
}

#[test]
fn a_file_that_is_no_database_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let content = "this is somebody's letter, ".repeat(100);
    std::fs::write(folder.path().join("s.db"), &content).unwrap();
    let ended = Launch::bare(folder.path()).ended();
    assert_eq!(ended.exit_code, Some(2), "{}", ended.stderr);
    assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
    assert_eq!(std::fs::read_to_string(folder.path().join("s.db")).unwrap(), content);
}

#[test]
fn a_termination_says_goodbye_to_everybody_and_exits_with_0() {
    let world = World::new();
    let route = world.some_route();
    let mut reader = watch(&world.nobody, id(&route), None);
    assert_eq!(reader.next().name, "subscribed");
    let mut sockets = ["/seats", "/socket.io/?EIO=4&transport=websocket"]
        .map(|path| open(world.server.port, path));
    let ended = world.server.terminate();
    assert_eq!(ended.exit_code, Some(0), "{}", ended.stderr);
    assert!(!ended.stderr.contains("did not end in time"), "{}", ended.stderr);
    for socket in &mut sockets {
        let close = std::iter::from_fn(|| next(socket)).find(|(opcode, _)| *opcode == CLOSE);
        let (code, reason) =
            close.as_ref().and_then(|(_, payload)| payload.split_at_checked(2)).unwrap();
        assert_eq!(code, 1001_u16.to_be_bytes());
        assert_eq!(reason, b"the server is stopping");
    }
}

#[test]
fn help_and_version_are_answers_not_starts() {
    let folder = tempfile::tempdir().unwrap();
    for (flag, part) in [("--help", "SEATWIRE_HOLD_SECONDS"), ("--version", "seatwire ")] {
        let ended = Launch::bare(folder.path()).arg(flag).ended();
        assert_eq!(ended.exit_code, Some(0));
        assert!(ended.stdout.contains(part), "{flag}: {}", ended.stdout);
    }
}

/// A name that means two addresses is served on both: browsers try `[::1]` first, and others
/// `127.0.0.1` alone.
#[test]
fn localhost_which_is_the_default_is_both_of_its_addresses() {
    let folder = tempfile::tempdir().unwrap();
    let help = Launch::bare(folder.path()).arg("--help").ended().stdout;
    assert!(help.contains("localhost:3000"), "the default: {help}");
    // The same host on a port that is free.
    let server = Launch::bare(folder.path()).setting("LISTEN", "localhost:0").run();
    let addresses: [IpAddr; 2] = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
    for address in addresses {
        if TcpListener::bind((address, 0)).is_err() {
            eprintln!("this machine has no {address}: nothing to be served there");
            assert!(address.is_ipv6(), "every machine has {address}");
            continue;
        }
        let stream = TcpStream::connect((address, server.port));
        let stream = stream.unwrap_or_else(|error| panic!("{address}: {error}"));
        let mut connection = RawConnection::over(stream);
        connection.send("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n");
        let head = connection.head();
        assert!(head.starts_with("HTTP/1.1 200 "), "{address}: {head}");
    }
}
