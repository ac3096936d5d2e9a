//! PgBouncer before the database: one that forgets prepared statements is refused at the start,
//! with a sentence that says what would do; one that keeps them is no trouble.

use std::path::Path;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use serde_json::{Value, json};
use throwaway_postgres::Pooling;

use crate::support::api::Api;
use crate::support::clock::on_day;
use crate::support::postgres::Database;
use crate::support::running_server::{Launch, RunningServer};
use crate::support::two_servers::on;
use crate::support::waiting::wait_for;
use crate::support::world::{World, booking, id};

const REFUSED: &str = "a pooler in front of the database forgets prepared statements between \
    transactions: PgBouncer keeps them from 1.21 on, with max_prepared_statements above 0, and in \
    session mode";

#[test]
fn a_pooler_that_forgets_prepared_statements_ends_the_start() {
    let database = Database::new();
    let (_pooler, url) = database.behind_a_pooler(Pooling::Transactions);
    let folder = tempfile::tempdir().expect("a folder");
    let ended = on(&url)(Launch::own(folder.path())).ended();
    assert_eq!(ended.exit_code, Some(2), "{}", ended.stderr);
    assert!(ended.stderr.contains(REFUSED), "{}", ended.stderr);
    assert_eq!(ended.stdout, "", "no port was bound");
}

#[test]
fn through_a_pooler_of_sessions_seats_are_sold_and_servers_hear_each_other() {
    let database = Database::new();
    let (_pooler, url) = database.behind_a_pooler(Pooling::Sessions);
    let world = World::with(|launch| on(&url)(launch));
    let other = on(&url)(Launch::own(world.folder.path())).run();
    let there = Api::new(other.url());
    wait_for("they hear each other", || there.get("/health/ready").json()["fanOut"] == "up");
    let route = world.some_route();
    let sold = world.owner.post("/tickets", &booking(&route, 7)).ok(201);
    assert_eq!(sold["status"], "RESERVED");
    let free = there.get(&format!("/tickets/available-seats/{}", id(&route))).ok(200);
    let free = free.as_array().expect("a list");
    assert!(!free.is_empty() && free.iter().all(|seat| seat != 7), "{free:?}");
}

/// A pooler that gives each transaction another connection loses what `LISTEN` asks for: so it is
/// asked for at the database itself, here by the account that only that address names.
#[test]
fn servers_hear_each_other_by_the_address_that_names_the_database_itself() {
    let database = Database::new();
    let (_pooler, url) = database.behind_a_pooler(Pooling::Sessions);
    let direct = database.with_connections_max(4);
    let account = direct.split(['/', '@']).nth(2).expect("an account").to_owned();
    database.run(&format!("GRANT ALL ON ALL TABLES IN SCHEMA public TO {account}"));
    let world = World::with(|launch| on(&url)(launch).setting("DATABASE_DIRECT", &direct));
    let here = Api::new(world.server.url());
    wait_for("it hears itself", || here.get("/health/ready").json()["fanOut"] == "up");
    let listens = "SELECT string_agg(DISTINCT usename, ' ') FROM pg_stat_activity \
        WHERE datname = current_database() AND query LIKE '%pg_notify(%seatwire_groups%' \
        AND pid <> pg_backend_pid() AND query NOT LIKE '%pg_stat_activity%'";
    assert_eq!(database.ask(listens), account);
    let work = format!(
        "SELECT count(*) > 0 FROM pg_stat_activity \
        WHERE datname = current_database() AND application_name = 'seatwire' \
        AND usename <> '{account}'"
    );
    assert_eq!(database.ask(&work), "true", "all else goes through the pooler");
}

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap()
}

fn written(folder: &Path, name: &str, authority: &CertifiedIssuer<'static, KeyPair>) -> String {
    let path = folder.join(name);
    std::fs::write(&path, authority.pem()).unwrap();
    path.display().to_string()
}

/// The pooler takes nothing that is not encrypted, and its certificate is checked.
#[test]
fn tls_is_spoken_with_a_pooler_and_its_certificate_is_checked() {
    let database = Database::new();
    let folder = tempfile::tempdir().expect("a folder");
    let (own, others) = (authority(), authority());
    let [ca, wrong_ca] = [("ca.pem", &own), ("other.pem", &others)]
        .map(|(name, authority)| written(folder.path(), name, authority));
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["localhost".to_owned()]).unwrap();
    let certificate = certificate.signed_by(&key, &own).unwrap();
    let (_pooler, url) =
        database.behind_an_encrypted_pooler(&certificate.pem(), &key.serialize_pem());
    for (parameters, says) in [
        ("sslmode=disable".to_owned(), "SSL required"),
        (format!("sslmode=require&sslrootcert={wrong_ca}"), "invalid peer certificate"),
    ] {
        let ended = on(&format!("{url}?{parameters}"))(Launch::own(folder.path())).ended();
        assert_ne!(ended.exit_code, Some(0));
        assert!(ended.stderr.contains(says), "{parameters}: {}", ended.stderr);
    }
    let url = format!("{url}?sslmode=verify-full&sslrootcert={ca}");
    let world = World::with(|launch| on(&url)(launch).setting("DATABASE_DIRECT", &database.url));
    let route = world.some_route();
    world.owner.post("/tickets", &booking(&route, 7)).ok(201);
    world.stranger.post("/tickets", &booking(&route, 7)).problem(409, "seat_taken");
}

/// Stops a server while this sale of it is decided: its transaction is open, on a connection of the
/// pooler, and has the clock that every sale needs. The sale is not answered.
fn stopped_in_its_transaction<S>(
    server: &RunningServer,
    database: &Database,
    sale: impl FnOnce() -> S,
) -> S {
    let locks = |state: &str| {
        format!(
            "SELECT count(*) > 0 FROM pg_locks l JOIN pg_stat_activity a USING (pid) \
             WHERE l.locktype = 'advisory' AND l.granted AND a.datname = current_database() \
             AND (a.state = 'idle in transaction') = {state} AND a.wait_event_type = \
             CASE WHEN {state} THEN 'Client' ELSE 'Lock' END"
        )
    };
    let is = |state: &str| database.ask(&locks(state)) == "true";
    let all = "LOCK TABLE routes, tickets, seat_legs IN ACCESS EXCLUSIVE MODE";
    let mut in_the_way = database.open_transaction(all);
    // Only now: a sale is over sooner than a lock is had.
    let sale = sale();
    loop {
        wait_for("it waits inside its transaction", || is("false"));
        server.pause();
        drop(in_the_way);
        let stays_open = (0..20).any(|_| {
            std::thread::sleep(Duration::from_millis(20));
            is("true")
        });
        if stays_open {
            return sale;
        }
        // The database had given up this wait, after its second: once more.
        in_the_way = database.open_transaction(all);
        server.go_on();
    }
}

/// One server stands still, then it is killed, each time with a transaction open at the pooler. The
/// other one ends it in time: its callers are answered, and each seat is sold once.
#[test]
fn a_server_that_dies_with_a_transaction_open_at_the_pooler_stops_no_sale() {
    let database = Database::new();
    let pooling = Pooling::most_shared().expect("PgBouncer is there");
    let (_pooler, url) = database.behind_a_pooler(pooling);
    let launched = |launch| on(&url)(launch).setting("DATABASE_DIRECT", &database.url);
    let world = World::with(launched);
    let other = launched(Launch::own(world.folder.path())).run();
    let there = Api::new(other.url()).with_token(world.owner.token.as_deref().expect("a token"));
    wait_for("they hear each other", || there.get("/health/ready").json()["fanOut"] == "up");
    // The one that dies does not know these routes yet, so it reads them inside its transaction.
    let [first, second] = [9, 14].map(|hour| world.route(on_day(4, hour, 0)));
    let World { server, folder, owner, .. } = world;
    let sells = |route: &Value, seat: u16| {
        let (there, body) = (there.clone(), booking(route, seat).to_string());
        std::thread::spawn(move || there.try_post("/tickets", body.as_bytes()))
    };

    let stopped = stopped_in_its_transaction(&other, &database, || sells(&first, 7));
    owner.post("/tickets", &booking(&first, 8)).ok(201);
    // It goes on, with a connection that was ended meanwhile, and tries again.
    other.go_on();
    let answered = stopped.join().expect("it ends").expect("an answer");
    answered.ok(201);
    owner.post("/tickets", &booking(&first, 7)).problem(409, "seat_taken");

    let killed = stopped_in_its_transaction(&other, &database, || sells(&second, 7));
    other.kill();
    assert!(killed.join().expect("it ends").is_none(), "nothing was acknowledged");
    owner.post("/tickets", &booking(&second, 7)).ok(201);
    owner.post("/tickets", &booking(&second, 7)).problem(409, "seat_taken");
    for (route, sold) in [(&first, 2), (&second, 1)] {
        let route = owner.get(&format!("/routes/{}", id(route))).ok(200);
        let tickets = route["tickets"].as_array().expect("a list");
        assert_eq!((tickets.len(), &route["seq"]), (sold, &json!(sold)), "{route}");
    }
    drop((server, folder));
}
