//! Personal values at rest: with a data key none of them is in the database, whatever was done, and
//! staff find them all the same. Keys change while the server sells, and with a wrong key no server
//! starts.

use std::path::Path;

use serde_json::{Value, json};
use throwaway_postgres::{Pooler, Pooling};

use crate::support::api::Api;
use crate::support::postgres::Database;
use crate::support::running_server::{Ended, Launch, RunningServer};
use crate::support::world::{CARD_THAT_PAYS, World, id, pay, text_at};

const SECRET: &str = "c2VhdHdpcmUtdGVzdC1vbmx5LTkxN2Y0";
const OLD: &str = "k1=c2VhdHdpcmUncyBvd24gdGVzdCBkYXRhIGtleSAgIDE";
const NEW: &str = "k2=c2VhdHdpcmUncyBvd24gdGVzdCBkYXRhIGtleSAgIDI";
const IMPOSTOR: &str = "k1=c2VhdHdpcmUncyBvd24gdGVzdCBkYXRhIGtleSAgIDM";

/// All personal values of the story. The e-mail address of an account is its login, and is not
/// encrypted.
const PERSONAL: [&str; 12] = [
    "Feraye",
    "Gumushane",
    "Feride",
    "Lambert",
    "Quillfeather",
    "5398334466",
    "5398445577",
    "39817264572",
    "X77319042",
    "misafir.aksoy",
    "Zubeyde",
    "5398112233",
];

/// Where the story's database is.
enum Kept {
    File,
    Server(Database),
    Behind { pooler: Behind, database: Database },
}

/// A pooler, and the database's address there.
struct Behind {
    _pooler: Pooler,
    url: String,
}

impl Kept {
    fn both() -> [Self; 2] {
        [Self::File, Self::Server(Database::new())]
    }

    fn behind_a_pooler() -> Self {
        let database = Database::new();
        let pooling = Pooling::most_shared().expect("PgBouncer is there");
        let (pooler, url) = database.behind_a_pooler(pooling);
        Self::Behind { pooler: Behind { _pooler: pooler, url }, database }
    }

    fn launch(&self, folder: &Path, keys: Option<&str>) -> Launch {
        self.settings(Launch::own(folder), keys)
    }

    fn settings(&self, launch: Launch, keys: Option<&str>) -> Launch {
        let launch = launch.setting("JWT_SECRET", SECRET);
        let launch = keys.into_iter().fold(launch, |launch, keys| launch.setting("DATA_KEY", keys));
        match self {
            Self::File => launch,
            Self::Server(database) => launch.setting("DATABASE", &database.url),
            Self::Behind { pooler, database } => {
                launch.setting("DATABASE", &pooler.url).setting("DATABASE_DIRECT", &database.url)
            }
        }
    }

    fn rekey(&self, folder: &Path, keys: &str) -> Ended {
        let launch = match self {
            Self::File => {
                let file = format!("sqlite://{}", folder.join("s.db").display());
                Launch::bare(folder).arg("rekey").setting("DATABASE", &file)
            }
            Self::Server(database) => {
                Launch::bare(folder).arg("rekey").setting("DATABASE", &database.url)
            }
            Self::Behind { pooler, .. } => {
                Launch::bare(folder).arg("rekey").setting("DATABASE", &pooler.url)
            }
        };
        launch.setting("DATA_KEY", keys).ended()
    }

    /// Everything that is stored, as lower-case text.
    fn stored(&self, folder: &Path) -> String {
        let bytes = match self {
            Self::File => {
                let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
                let files = entries.filter(|path| path.to_string_lossy().contains("s.db"));
                files.flat_map(|path| std::fs::read(path).unwrap()).collect()
            }
            Self::Server(database) | Self::Behind { database, .. } => {
                dump(&database.url).into_bytes()
            }
        };
        String::from_utf8_lossy(&bytes).to_lowercase()
    }

    /// The names of the data keys that kept answers are sealed with, once each.
    fn answers_sealed_with(&self, folder: &Path) -> Vec<String> {
        let contents: Vec<Vec<u8>> = match self {
            Self::File => {
                let file = rusqlite::Connection::open(folder.join("s.db")).unwrap();
                let sql = "select content from idempotency_keys where content is not null";
                let mut read = file.prepare(sql).unwrap();
                read.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
            }
            Self::Server(database) | Self::Behind { database, .. } => {
                let sql = "select content from idempotency_keys where content is not null";
                rows(&database.url, sql).iter().map(|row| row.get(0)).collect()
            }
        };
        let name = |content: &Vec<u8>| {
            let (length, rest) = content.split_first().unwrap();
            String::from_utf8_lossy(rest.get(..usize::from(*length)).unwrap_or_default()).into()
        };
        let mut names: Vec<String> = contents.iter().map(name).collect();
        names.dedup();
        names
    }

    fn found(&self, folder: &Path) -> Vec<&'static str> {
        let stored = self.stored(folder);
        let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
        let is_there = |text: &&str| {
            let text = text.to_lowercase();
            stored.contains(&text) || stored.contains(&hex(&text))
        };
        PERSONAL.into_iter().filter(is_there).collect()
    }
}

/// Every row of every table.
fn dump(url: &str) -> String {
    let tables = "select table_name::text from information_schema.tables \
         where table_schema = current_schema() and table_type = 'BASE TABLE'";
    let mut all = String::new();
    for table in rows(url, tables) {
        let table: String = table.get(0);
        for row in rows(url, &format!("select t::text from \"{table}\" t")) {
            all += row.get::<_, &str>(0);
        }
    }
    all
}

fn rows(url: &str, sql: &str) -> Vec<tokio_postgres::Row> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, connection) =
            tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
        let driver = tokio::spawn(connection);
        let rows = client.query(sql, &[]).await.unwrap();
        driver.abort();
        rows
    })
}

/// Tickets and bookings of accounts, staff and guests: changed, paid, cancelled, refused and
/// repeated.
fn story(world: &World) -> Value {
    let person = json!({"email": "uye-4471@private.example", "password": "menekse-7781-kapi",
        "firstName": "Zubeyde", "lastName": "Kivilcim", "phone": "+90 539 811 22 33"});
    world.nobody.post("/auth/register", &person).ok(201);
    let route = world.some_route();
    let ticket = |seat: u16| {
        json!({"routeId": id(&route), "fromCity": "İstanbul", "toCity": "Ankara", "seatNumber": seat,
            "gender": "FEMALE", "userPhoneNumber": "0539 833 44 66",
            "passengerName": "Feraye Gumushane", "tcKimlikNo": "39817264572"})
    };
    let own = world.owner.post("/tickets", &ticket(2)).ok(201);
    // Staff sell the next seat to the same person; no other caller can sell them a second one.
    let sold = world.agent.post("/tickets", &ticket(1)).ok(201);
    world.stranger.post("/tickets", &ticket(4)).problem(409, "passenger_already_booked");
    pay(&world.owner, id(&own), CARD_THAT_PAYS).ok(200);
    let change = json!({"passengerName": "Feride Gumushane", "userPhoneNumber": "0539 844 55 77"});
    world.owner.patch(&format!("/tickets/{}", id(&own)), &change).ok(200);
    for _ in 0..2 {
        guests_booking(&world.nobody, &route);
    }
    sold
}

/// The same booking under the same key; returns whether it was answered before.
fn guests_booking(nobody: &Api, route: &Value) -> bool {
    let booking = json!({
        "journeys": [{"routeId": id(route), "fromCity": "İstanbul", "toCity": "Ankara",
            "passengers": [{"seatNumber": 3, "gender": "MALE", "passengerName": "Lambert Quillfeather",
                "passport": {"number": "X77 31 90 42", "country": "DEU"}}]}],
        "contact": {"name": "Lambert Quillfeather", "phone": "0539 833 44 66",
            "email": "misafir.aksoy@private.example"}});
    let body = booking.to_string();
    let key = ("Idempotency-Key", "a-guest-s-key-of-22-chars-at-least");
    let answer = nobody.send("POST", "/bookings", &[key], Some(body.as_bytes()));
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.header("idempotent-replayed").is_some()
}

/// What staff and the customers themselves get, and find.
fn shown(admin: &Api, sold: &Value) -> Vec<Value> {
    let list = |path: &str| {
        let found = admin.get(path).ok(200);
        assert!(found.as_array().is_some_and(|found| !found.is_empty()), "{path} finds nothing");
        found
    };
    vec![
        admin.get(&format!("/tickets/{}", id(sold))).ok(200),
        list("/tickets/search?userPhoneNumber=05398334466"),
        list("/tickets/search?tcKimlikNo=39817264572"),
        list("/tickets/search?userPhoneNumber=3344&tcKimlikNo=39817264572"),
        list("/users?q=zubeyde"),
        list("/users?q=Zubeyde%20Kivilcim"),
        list("/users?q=uye-44"),
        admin.get(&format!("/bookings/pnr/{}", text_at(sold, "pnrNumber"))).ok(200),
    ]
}

/// Whether the guest's booking gets its first answer again.
fn is_repeated(server: &RunningServer, sold: &Value) -> bool {
    guests_booking(&Api::new(server.url()), &json!({"id": sold["routeId"]}))
}

fn moved(server: &RunningServer, who: &Api) -> Api {
    Api::new(server.url()).with_token(who.token.as_deref().expect("a token"))
}

#[track_caller]
fn does_not_start(launch: &Launch, told: &str) {
    let ended = launch.ended();
    assert_eq!(ended.exit_code, Some(2), "{}", ended.stderr);
    assert!(ended.stderr.contains(told), "{}", ended.stderr);
}

#[test]
fn nothing_personal_is_in_the_database_and_keys_change_while_it_sells() {
    for kept in Kept::both().into_iter().chain([Kept::behind_a_pooler()]) {
        let world = World::with(|launch| kept.settings(launch, Some(OLD)));
        let sold = story(&world);
        let before = shown(&world.admin, &sold);
        assert_eq!(text_at(&before[0], "passengerName"), "Feraye Gumushane");
        let World { server, folder, admin, .. } = world;
        let folder = folder.path();
        assert_eq!(kept.found(folder), [""; 0], "while it runs");
        assert_eq!(server.terminate().exit_code, Some(0));
        assert_eq!(kept.found(folder), [""; 0], "when it has ended");
        assert_eq!(kept.answers_sealed_with(folder), ["k1"]);

        does_not_start(&kept.launch(folder, None), "encrypted with the data key `k1`");
        does_not_start(&kept.launch(folder, Some(NEW)), "encrypted with the data key `k1`");
        does_not_start(&kept.launch(folder, Some(IMPOSTOR)), "the given data key `k1` is not");

        let both = format!("{NEW},{OLD}");
        let server = kept.launch(folder, Some(&both)).run();
        assert_eq!(shown(&moved(&server, &admin), &sold), before);
        let turned_round = kept.rekey(folder, &format!("{OLD},{NEW}"));
        assert_eq!(turned_round.exit_code, Some(1), "{}", turned_round.stderr);
        for (run, anew) in [("the first", true), ("again", false)] {
            let done = kept.rekey(folder, &both);
            assert_eq!(done.exit_code, Some(0), "{run}: {}", done.stderr);
            assert_eq!(!done.stdout.contains(" 0 of them anew"), anew, "{run}: {}", done.stdout);
        }
        assert_eq!(shown(&moved(&server, &admin), &sold), before, "while keys change");
        assert_eq!(server.terminate().exit_code, Some(0));
        assert_eq!(kept.answers_sealed_with(folder), ["k2"]);
        does_not_start(&kept.launch(folder, Some(OLD)), "encrypted with the data key `k2`");
        let server = kept.launch(folder, Some(NEW)).run();
        assert_eq!(shown(&moved(&server, &admin), &sold), before, "with the new key alone");
        assert!(is_repeated(&server, &sold));
        server.terminate();
    }
}

#[test]
fn a_database_from_before_there_was_a_key_is_encrypted_by_rekey() {
    for kept in Kept::both() {
        let world = World::with(|launch| kept.settings(launch, None));
        let sold = story(&world);
        let World { server, folder, admin, .. } = world;
        let folder = folder.path();
        let before = shown(&moved(&server, &admin), &sold);
        assert_eq!(server.terminate().exit_code, Some(0));
        assert_eq!(kept.found(folder), PERSONAL, "the control: this is how they would be found");

        let server = kept.launch(folder, Some(OLD)).run();
        assert_eq!(shown(&moved(&server, &admin), &sold), before, "rows from before are read");
        assert_eq!(server.terminate().exit_code, Some(0));
        assert_eq!(kept.rekey(folder, OLD).exit_code, Some(0));
        assert_eq!(kept.found(folder), [""; 0]);
        assert_eq!(kept.answers_sealed_with(folder), ["k1"]);
        let server = kept.launch(folder, Some(OLD)).run();
        assert_eq!(shown(&moved(&server, &admin), &sold), before);
        assert!(is_repeated(&server, &sold));
        server.terminate();
    }
}

#[test]
fn a_backup_and_a_copy_are_encrypted_as_their_source_is() {
    let kept = Kept::File;
    let world = World::with(|launch| kept.settings(launch, Some(OLD)));
    let sold = story(&world);
    let before = shown(&world.admin, &sold);
    let World { server, folder, admin, .. } = world;
    let (folder, other) = (folder.path(), tempfile::tempdir().unwrap());
    let file = format!("sqlite://{}", folder.join("s.db").display());
    let backup = other.path().join("backup.db");
    let backup = backup.to_str().unwrap();
    let run = |folder: &Path, args: &[&str]| {
        let ended = args.iter().fold(Launch::bare(folder), |launch, arg| launch.arg(arg)).ended();
        assert_eq!(ended.exit_code, Some(0), "{args:?}: {}", ended.stderr);
    };
    run(folder, &["backup", "--to", backup, "--database", &file]);
    assert_eq!(server.terminate().exit_code, Some(0));

    let target = format!("sqlite://{}", other.path().join("s.db").display());
    run(other.path(), &["restore", "--from", backup, "--database", &target]);
    std::fs::remove_file(backup).unwrap();
    assert_eq!(kept.found(other.path()), [""; 0]);
    does_not_start(&kept.launch(other.path(), None), "encrypted with the data key `k1`");
    let server = kept.launch(other.path(), Some(OLD)).run();
    assert_eq!(shown(&moved(&server, &admin), &sold), before, "the restored one");
    server.terminate();

    let database = Database::new();
    run(folder, &["copy", "--from", &file, "--to", &database.url]);
    let kept = Kept::Server(database);
    assert_eq!(kept.found(folder), [""; 0]);
    does_not_start(&kept.launch(folder, None), "encrypted with the data key `k1`");
    let server = kept.launch(folder, Some(OLD)).run();
    assert_eq!(shown(&moved(&server, &admin), &sold), before, "the copied one");
    server.terminate();
}
