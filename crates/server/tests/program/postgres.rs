//! The program on PostgreSQL: the same answers through the same port, and a restart that loses
//! nothing.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::api::Api;
use crate::support::event_reader::watch;
use crate::support::postgres::Database;
use crate::support::raw_connection::RawConnection;
use crate::support::running_server::{Launch, RunningServer};
use crate::support::socket_io::SocketIo;
use crate::support::waiting::wait_for;
use crate::support::websocket_frame::{PING, next, next_text, open, text};
use crate::support::world::{CARD_THAT_PAYS, World, booking, id, pay, text_at, without_route};

/// The same for every server of one database.
const SECRET: &str = "c2VhdHdpcmUtdGVzdC1vbmx5LTkxN2Y0";

pub fn on(url: &str) -> impl Fn(Launch) -> Launch {
    move |launch| launch.setting("DATABASE", url).setting("JWT_SECRET", SECRET)
}

/// The same caller on the restarted server.
fn again(server: &RunningServer, who: &Api) -> Api {
    Api::new(server.url()).with_token(who.token.as_deref().expect("a token"))
}

#[test]
fn seats_are_sold_told_and_kept_through_a_kill() {
    let database = Database::new();
    let world = World::with(on(&database.url));
    let route = world.some_route();
    let mut events = watch(&world.nobody, id(&route), None);
    events.next();
    let ticket = world.booked(&world.owner, &route, 1);
    assert_eq!(events.seat_update()["eventType"], "seat_reserved");
    pay(&world.owner, id(&ticket), CARD_THAT_PAYS).ok(200);
    assert_eq!(events.seat_update()["eventType"], "seat_confirmed");
    let other = world.booked(&world.owner, &route, 2);
    assert_eq!(events.seat_update()["eventType"], "seat_reserved");
    world.owner.patch(&format!("/tickets/{}/cancel", id(&other)), &json!({})).ok(200);
    assert_eq!(events.seat_update()["eventType"], "seat_cancelled");
    let paid = world.owner.get(&format!("/tickets/{}", id(&ticket))).ok(200);

    let World { server, folder, owner, .. } = world;
    server.kill();
    let server = on(&database.url)(Launch::own(folder.path())).run();
    let owner = again(&server, &owner);
    let kept = owner.get(&format!("/tickets/{}", id(&ticket))).ok(200);
    assert_eq!(without_route(kept), without_route(paid));
    owner.post("/tickets", &booking(&route, 1)).problem(409, "seat_taken");
    // From where the viewer was before the kill.
    let mut events = watch(&owner, id(&route), Some(3));
    assert_eq!(events.next().name, "subscribed");
    assert_eq!(events.seat_update()["seq"], 4);
    let next = owner.post("/tickets", &booking(&route, 2)).ok(201);
    assert_eq!(text_at(&next, "status"), "RESERVED");
}

/// A service unit restarts the server only after exit code 1: the database may be there a moment
/// later.
#[test]
fn a_database_that_is_away_is_no_fault_of_the_settings() {
    let folder = tempfile::tempdir().unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let nobody = format!("postgres://seatwire@127.0.0.1:{port}/postgres");
    let ended = on(&nobody)(Launch::own(folder.path())).ended();
    assert_eq!(ended.exit_code, Some(1), "{}", ended.stderr);
    assert!(ended.stderr.contains("the database cannot be reached"), "{}", ended.stderr);

    let database = Database::new();
    let newer = "INSERT INTO schema_migrations (version, name) VALUES (999, 'of tomorrow')";
    on(&database.url)(Launch::own(folder.path())).run().kill();
    database.run(newer);
    let ended = on(&database.url)(Launch::own(folder.path())).ended();
    assert_eq!(ended.exit_code, Some(2), "{}", ended.stderr);
    assert!(ended.stderr.contains("the tables are of a newer version"), "{}", ended.stderr);
}

/// One server after another gets the new key, and one after another encrypts with it.
#[test]
fn a_data_key_changes_while_servers_sell() {
    let [old, new] = [1_u8, 2].map(|byte| STANDARD.encode([byte; 32]));
    let both = [format!("old={old},new={new}"), format!("new={new},old={old}")];
    let database = Database::new();
    let with = |keys: &str| {
        let keys = keys.to_owned();
        let url = &database.url;
        move |launch: Launch| on(url)(launch).setting("DATA_KEY", &keys)
    };
    let world = World::with(with(&both[0]));
    let route = world.some_route();
    let first = world.booked(&world.owner, &route, 1);
    let changed = with(&both[1])(Launch::own(world.folder.path())).run();
    let there = again(&changed, &world.owner);
    let second = there.post("/tickets", &booking(&route, 2)).ok(201);
    for ticket in [&first, &second] {
        for owner in [&world.owner, &there] {
            let read = owner.get(&format!("/tickets/{}", id(ticket))).ok(200);
            assert_eq!(read["passengerName"], "Ayşe Yılmaz");
        }
    }
    let before = with(&format!("old={old}"))(Launch::own(world.folder.path())).ended();
    assert_eq!(before.exit_code, Some(2), "{}", before.stderr);
}

/// As when a machine stops, or a disk hangs: connections stay open, and nothing is answered. Every
/// request still gets an answer, and everything recovers by itself.
#[test]
fn a_database_that_says_nothing_keeps_nobody_waiting() {
    let database = Database::new();
    let (proxy, through) = database.behind_a_proxy();
    let world = World::with(on(&through));
    let route = world.some_route();
    world.booked(&world.owner, &route, 1);
    proxy.go_silent();
    let early = world.nobody.get("/health/ready").problem(503, "unavailable");
    assert_eq!(early["detail"], "the store has not answered within 2 seconds");
    let asked = std::thread::scope(|scope| {
        let (world, route) = (&world, &route);
        let asking: Vec<_> = (2..14)
            .map(|seat| {
                scope.spawn(move || match seat % 2 {
                    0 => world.owner.post("/tickets", &booking(route, seat)).status,
                    _ => world.nobody.get(&format!("/routes/{}", id(route))).status,
                })
            })
            .collect();
        asking.into_iter().map(|one| one.join().expect("it is answered")).collect::<Vec<_>>()
    });
    assert!(asked.iter().all(|status| *status == 503), "{asked:?}");
    world.nobody.get("/health/ready").problem(503, "unavailable");
    proxy.forward();
    wait_for("it is ready again", || world.nobody.get("/health/ready").status == 200);
    world.booked(&world.owner, &route, 20);
    assert_eq!(world.owner.get("/tickets/my-tickets").ok(200).as_array().map(Vec::len), Some(2));
}

/// What viewers get meanwhile, over each transport: whoever watches already keeps the connection,
/// and whoever begins is told to try again.
#[test]
fn viewers_are_told_that_a_database_says_nothing() {
    let database = Database::new();
    let (proxy, through) = database.behind_a_proxy();
    let world = World::with(on(&through));
    let (route, other) = (world.some_route(), world.some_route());
    let subscribe = |route: &Value| {
        text(&json!({"event": "subscribe_route", "data": {"routeId": id(route)}}).to_string())
    };
    let mut stream = watch(&world.nobody, id(&route), None);
    assert_eq!(stream.next().name, "subscribed");
    let mut plain = open(world.server.port, "/seats");
    plain.send(subscribe(&route));
    assert!(next_text(&mut plain).contains(r#""event":"subscribed""#));
    let mut socket = SocketIo::connect(&world.nobody, &json!({}));
    let said = |plain: &mut RawConnection| loop {
        match next(plain).expect("it stays open") {
            (PING, _) => {}
            (_, text) => break String::from_utf8(text).unwrap(),
        }
    };

    proxy.go_silent();
    plain.send(subscribe(&other));
    let asked = json!(["subscribe_route", {"routeId": id(&other)}]);
    socket.post(&format!("42/seats,{asked}"));
    let events = format!("/routes/{}/events", id(&other));
    let refused = world.nobody.get(&events);
    refused.problem(503, "unavailable");
    let seconds: u32 = refused.header("retry-after").expect("it says when").parse().unwrap();
    assert!(seconds >= 1);
    let told: Value = serde_json::from_str(&said(&mut plain)).unwrap();
    assert_eq!((&told["event"], &told["data"]["code"]), (&json!("error"), &json!("unavailable")));
    assert_eq!(told["data"]["event"], "subscribe_route");
    let (event, told, _) = socket.event();
    assert_eq!((&*event, &told["code"]), ("error", &json!("unavailable")));

    proxy.forward();
    wait_for("it is ready again", || world.nobody.get("/health/ready").status == 200);
    world.booked(&world.owner, &route, 1);
    assert_eq!(stream.seat_update()["seatNumber"], 1);
    assert!(said(&mut plain).contains("seat_reserved"));
    assert_eq!(watch(&world.nobody, id(&other), None).next().name, "subscribed");
    plain.send(subscribe(&other));
    assert!(said(&mut plain).contains(r#""event":"subscribed""#));
    assert_eq!(socket.subscribe(id(&other), None).0, "subscribed");
}

/// A server shares a database with few free connections with others: a read without one waits for
/// those that there are.
#[test]
fn where_connections_are_few_reads_wait_for_each_other() {
    let database = Database::new();
    let few = database.with_connections_max(8);
    let world = World::with(on(&few));
    let route = world.some_route();
    std::thread::scope(|scope| {
        for seat in 1..=20 {
            let (world, route) = (&world, &route);
            scope.spawn(move || {
                for _ in 0..5 {
                    world.nobody.get(&format!("/routes/{}", id(route))).ok(200);
                }
                world.booked(&world.owner, route, seat);
            });
        }
    });
}

/// PostgreSQL fails on a NUL, also where it is only searched for: every text of every address is
/// tried.
#[test]
fn a_nul_is_refused_by_the_name_of_its_field() {
    let database = Database::new();
    let world = World::with(on(&database.url));
    let document = world.nobody.get("/openapi.json").ok(200);
    let nowhere = "0199c0de-0000-7000-8000-000000000001";
    let mut tried = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        let named = path.replace("{id}", nowhere);
        let address = named.replace(['{', '}'], "");
        for (method, operation) in item.as_object().unwrap() {
            let send = |address: &str, body: Option<&Value>| {
                let body = body.map(Value::to_string);
                let body = body.as_ref().map(String::as_bytes);
                world.admin.send(&method.to_uppercase(), address, &[], body)
            };
            if let Some(at) = named.find('{') {
                let nul = format!("{}%00", &named[..at]);
                let rest = named[at..].find('/').map_or("", |end| &named[at + end..]);
                send(&format!("{nul}{}", rest.replace(['{', '}'], "")), Some(&json!({})))
                    .problem(400, "validation_failed");
            }
            // The number at which a stream begins is read leniently.
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let queries = parameters.filter(|parameter| parameter["in"] == "query");
            for query in queries.filter(|query| query["name"] != "lastEventId") {
                let name = text_at(query, "name");
                let answer = send(&format!("{address}?{name}=a%00b"), None);
                answer.problem(400, "validation_failed");
                assert_eq!(answer.pointers(), [format!("/{name}")], "{method} {path}");
                tried += 1;
            }
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            let pointer = schema["$ref"].as_str().unwrap_or_default().trim_start_matches('#');
            let fields = document.pointer(pointer).and_then(|form| form["properties"].as_object());
            for (name, _) in fields.into_iter().flatten().filter(|(_, shape)| is_text(shape)) {
                let answer = send(&address, Some(&json!({name: "a\0b"})));
                answer.problem(400, "validation_failed");
                let pointer = format!("/{name}");
                assert!(answer.pointers().contains(&pointer), "{method} {path}: {name}");
                tried += 1;
            }
        }
    }
    assert!(tried > 150, "{tried}");
    let login = json!({"email": "a\0@b.c", "password": "12345678"});
    world.nobody.post("/auth/login", &login).problem(400, "validation_failed");
}

fn is_text(shape: &Value) -> bool {
    match &shape["type"] {
        Value::String(kind) => kind == "string",
        Value::Array(kinds) => kinds.iter().any(|kind| kind == "string"),
        _ => false,
    }
}

/// As on SQLite: with the id of a request that failed, the operator finds the writer's error.
#[test]
fn the_writers_log_line_bears_the_id_of_the_request() {
    let database = Database::new();
    let world = World::with(on(&database.url));
    let route = world.some_route();
    database.run(
        "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN RAISE EXCEPTION 'no space left on device' USING ERRCODE = '53100'; END $$; \
         CREATE TRIGGER full_disk BEFORE INSERT ON tickets \
             FOR EACH ROW EXECUTE FUNCTION full_disk()",
    );
    let refused = world.owner.post("/tickets", &booking(&route, 1));
    let told = refused.problem(503, "unavailable");
    let request_id = text_at(&told, "requestId");
    assert_eq!(refused.header("x-request-id"), Some(request_id));
    let log = world.server.log();
    let lines: Vec<_> =
        log.lines().filter(|line| line.contains("no command is acknowledged")).collect();
    assert_eq!(lines.len(), 1, "{log}");
    assert!(lines[0].contains(request_id), "no {request_id}: {log}");
    assert!(lines[0].contains("no space left on device"), "{log}");

    database.run("DROP TRIGGER full_disk ON tickets");
    wait_for("there is space again", || {
        world.owner.post("/tickets", &booking(&route, 1)).status == 201
    });
}
