//! Connection state recovery for an application of rooms without history: sessions are kept in
//! memory, and their rooms with them.

mod full_disk;
mod keeper;
mod raced;
mod unknown_outcome;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use rooms::recovery::{Keeper, MemoryKeeper, RecoveryConfig};
use rooms::{CloseReason, Hub, Limits, NoHistory};
use socketio::{
    Accept, ClientEvent, ConnectError, ConnectRequest, Namespace, Recoverable, Server, Socket,
};
use tokio::net::TcpListener;

use crate::client::{Client, Got, text};
use crate::fixture::wait_until;

/// Every client that says it can be recovered may be, as the owner that it names.
struct Chat;

#[async_trait]
impl Namespace for Chat {
    async fn connect(&self, request: ConnectRequest<'_>) -> Result<Accept, ConnectError> {
        let owner = request.auth_str("name").ok().flatten().map(|name| name.len() as u128);
        let recovery = request.can_recover().then_some(Recoverable { owner, view: None });
        Ok(Accept { recovery, ..Accept::new(()) })
    }

    async fn event(&self, socket: &Socket, event: ClientEvent<'_>) {
        let room = event.args.first().map_or("", |room| room.get().trim_matches('"'));
        match event.name {
            "enter" => {
                if let Err(error) = socket.enter(room).await {
                    socket.emit("not entered", &format!("\"{error}\""));
                }
            }
            "exit" => {
                if let Err(error) = socket.exit(room).await {
                    socket.emit("not left", &format!("\"{error}\""));
                }
            }
            // The connection is lost while this event is being handled.
            "vanish" => {
                socket.viewer().close(CloseReason::Peer);
                assert!(socket.enter(room).await.is_err());
            }
            "say" => drop(socket.broadcast(room, "said", event.args[1].get())),
            _ => {}
        }
        socket.emit("done", &socket.recovered().to_string());
    }
}

struct Fixture {
    server: Server,
    hub: Hub,
    port: u16,
}

impl Fixture {
    async fn start(config: RecoveryConfig) -> Self {
        let hub = Hub::new(Limits::default(), Arc::new(NoHistory), 0);
        let sessions = MemoryKeeper::new(hub.clone());
        Self::with(config, hub, Arc::new(sessions)).await
    }

    async fn with(config: RecoveryConfig, hub: Hub, sessions: Arc<dyn Keeper>) -> Self {
        Self::of("/", config, hub, sessions).await
    }

    async fn of(
        namespace: &str,
        config: RecoveryConfig,
        hub: Hub,
        sessions: Arc<dyn Keeper>,
    ) -> Self {
        let builder = Server::builder().namespace(namespace, Arc::new(Chat));
        let server = builder.recovery(config, sessions).build(hub.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let router = Router::new().route_service("/socket.io/", server.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { server, hub, port }
    }

    async fn guest(&self, auth: &str) -> Guest {
        self.guest_of("", auth).await
    }

    async fn guest_of(&self, namespace: &str, auth: &str) -> Guest {
        let mut client = Client::session(self.port).await;
        client.text(&format!("40{namespace}{auth}")).await;
        let Got::Text(connect) = client.next().await else { panic!("no connect packet") };
        let told = &connect[2 + namespace.len()..];
        let told: serde_json::Value = serde_json::from_str(told).unwrap();
        let field = |name: &str| told[name].as_str().map(str::to_owned);
        Guest { client, sid: field("sid").unwrap(), pid: field("pid") }
    }

    /// Waits until this many sessions wait for their clients.
    async fn waiting(&self, count: usize) {
        wait_until(|| self.server.recovery_stats().waiting == count).await;
    }
}

struct Guest {
    client: Client,
    sid: String,
    pid: Option<String>,
}

impl Guest {
    async fn ask(&mut self, event: &str) -> Vec<String> {
        self.client.text(&format!("42{event}")).await;
        let mut heard = Vec::new();
        loop {
            match self.client.packet().await {
                Got::Text(done) if done.starts_with("42[\"done\"") => return heard,
                Got::Text(packet) => heard.push(packet),
                other => panic!("{other:?}"),
            }
        }
    }

    fn returning(&self, offset: Option<&str>, more: &str) -> String {
        let pid = self.pid.as_ref().unwrap();
        let offset = offset.map(|offset| format!(r#","offset":"{offset}""#)).unwrap_or_default();
        format!(r#"{{"pid":"{pid}"{offset},"recovery":true{more}}}"#)
    }
}

const ABLE: &str = r#"{"recovery":true}"#;

#[tokio::test]
async fn what_was_said_meanwhile_is_heard_even_if_nobody_else_was_in_the_room() {
    let fixture = Fixture::start(RecoveryConfig::default()).await;
    let mut guest = fixture.guest(ABLE).await;
    let mut other = fixture.guest("").await;
    assert_eq!(other.pid, None, "it has not said that it can come back");
    guest.ask(r#"["enter","r"]"#).await;
    other.ask(r#"["say","r","one"]"#).await;
    assert_eq!(guest.client.packet().await, text(r#"42["said","one","0.1"]"#));
    let auth = guest.returning(Some("0.1"), "");
    let sid = guest.sid.clone();
    drop(guest);
    fixture.waiting(1).await;
    other.ask(r#"["say","r","two"]"#).await;
    other.ask(r#"["say","r","three"]"#).await;
    let mut guest = fixture.guest(&auth).await;
    assert_eq!(guest.sid, sid);
    for said in [r#"42["said","two","0.2"]"#, r#"42["said","three","0.3"]"#] {
        assert_eq!(guest.client.packet().await, text(said));
    }
    // It does not get its own messages, before and after.
    assert_eq!(guest.ask(r#"["say","r","four"]"#).await, Vec::<String>::new());
    assert_eq!(fixture.server.recovery_stats().recovered, 1);
}

#[tokio::test]
async fn a_connection_that_is_lost_during_a_request_does_not_take_the_rooms_with_it() {
    let fixture = Fixture::start(RecoveryConfig::default()).await;
    let mut guest = fixture.guest(ABLE).await;
    let mut other = fixture.guest("").await;
    guest.ask(r#"["enter","r"]"#).await;
    let auth = guest.returning(None, "");
    guest.client.text(r#"42["vanish","s"]"#).await;
    fixture.waiting(1).await;
    other.ask(r#"["say","r",1]"#).await;
    let mut guest = fixture.guest(&auth).await;
    assert_eq!(guest.client.packet().await, text(r#"42["said",1,"0.1"]"#));
}

#[tokio::test]
async fn a_session_is_kept_for_its_window_and_then_nothing_is_left_of_it() {
    let config = RecoveryConfig { window: Duration::from_millis(50), ..Default::default() };
    let fixture = Fixture::start(config).await;
    let mut guest = fixture.guest(ABLE).await;
    guest.ask(r#"["enter","r"]"#).await;
    let auth = guest.returning(None, "");
    drop(guest);
    wait_until(|| fixture.server.sessions() == 0).await;
    fixture.waiting(0).await;
    wait_until(|| fixture.hub.stats().rooms == 0).await;
    let guest = fixture.guest(&auth).await;
    assert!(guest.pid.is_some() && !auth.contains(guest.pid.as_deref().unwrap()));
    assert_eq!(fixture.server.recovery_stats().unknown, 1);
}

#[tokio::test]
async fn only_so_many_wait_and_the_longest_waiting_goes_first() {
    let config = RecoveryConfig { waiting_max: 2, ..Default::default() };
    let fixture = Fixture::start(config).await;
    let mut auths = Vec::new();
    for count in 1..=4 {
        let mut guest = fixture.guest(ABLE).await;
        guest.ask(r#"["enter","r"]"#).await;
        auths.push(guest.returning(None, ""));
        drop(guest);
        wait_until(|| fixture.server.sessions() == 0).await;
        fixture.waiting(usize::min(count, 2)).await;
    }
    for (auth, recovered) in auths.iter().zip([0, 0, 1, 2]) {
        let _guest = fixture.guest(auth).await;
        assert_eq!(fixture.server.recovery_stats().recovered, recovered);
    }
}

#[tokio::test]
async fn a_session_is_not_for_others_and_not_for_whoever_left_for_good() {
    let fixture = Fixture::start(RecoveryConfig::default()).await;
    let mut guest = fixture.guest(r#"{"recovery":true,"name":"ada"}"#).await;
    guest.ask(r#"["enter","r"]"#).await;
    let (theirs, own) =
        (guest.returning(None, r#","name":"grace""#), guest.returning(None, r#","name":"ada""#));
    // Also while its owner is connected: the thief gets nothing, the owner stays.
    let sid = guest.sid.clone();
    assert_ne!(fixture.guest(&theirs).await.sid, sid);
    assert_eq!(guest.ask(r#"["exit","r"]"#).await, Vec::<String>::new());
    assert_eq!(fixture.server.recovery_stats().foreign, 1);
    guest.client.text("41").await;
    wait_until(|| fixture.hub.stats().rooms == 0).await;
    assert_ne!(fixture.guest(&own).await.sid, sid);
    assert_eq!(fixture.server.recovery_stats().unknown, 1);
}

/// As when a server without the namespace was tried, and then replaced.
#[tokio::test]
async fn a_session_waits_for_its_namespace() {
    let hub = Hub::new(Limits::default(), Arc::new(NoHistory), 0);
    let sessions: Arc<dyn Keeper> = Arc::new(MemoryKeeper::new(hub.clone()));
    let config = RecoveryConfig::default;
    let before = Fixture::with(config(), hub.clone(), Arc::clone(&sessions)).await;
    let mut guest = before.guest(ABLE).await;
    guest.ask(r#"["enter","r"]"#).await;
    let (auth, sid) = (guest.returning(None, ""), guest.sid.clone());
    drop(guest);
    before.waiting(1).await;

    let without = Fixture::of("/new", config(), hub.clone(), Arc::clone(&sessions)).await;
    without.server.enter_node().await.unwrap();
    assert_ne!(without.guest_of("/new,", &auth).await.sid, sid);
    assert_eq!(without.server.recovery_stats().foreign, 1);

    let after = Fixture::with(config(), hub, sessions).await;
    after.server.enter_node().await.unwrap();
    assert_eq!(after.guest(&auth).await.sid, sid);
}

/// The client's old connection, perhaps half open, is on another node: no one can close it from
/// here, but none of its later requests counts.
#[tokio::test]
async fn of_two_nodes_the_one_that_the_client_came_to_has_the_session() {
    let hub = Hub::new(Limits::default(), Arc::new(NoHistory), 0);
    let sessions: Arc<dyn Keeper> = Arc::new(MemoryKeeper::new(hub.clone()));
    let config = RecoveryConfig::default;
    let first = Fixture::with(config(), hub.clone(), Arc::clone(&sessions)).await;
    let second = Fixture::with(config(), hub, sessions).await;
    let mut left_behind = first.guest(ABLE).await;
    left_behind.ask(r#"["enter","r"]"#).await;

    let mut guest = second.guest(&left_behind.returning(None, "")).await;
    assert_eq!(guest.sid, left_behind.sid);
    left_behind.client.text(r#"42["enter","s"]"#).await;
    assert_eq!(left_behind.client.rest().await, [], "sent away, and told nothing");
    wait_until(|| first.server.sessions() == 0).await;
    guest.ask(r#"["enter","t"]"#).await;

    // And back: it is in the rooms whose joins were confirmed, and not in the other one.
    let auth = guest.returning(None, "");
    drop(guest);
    let mut guest = first.guest(&auth).await;
    assert_eq!(guest.sid, left_behind.sid);
    for room in ["r", "s", "t"] {
        first.server.broadcast("/", room, ("said", "1"), None);
    }
    guest.client.text(r#"42["say","nowhere",0]"#).await;
    let mut heard = Vec::new();
    for _ in 0..3 {
        let Got::Text(said) = guest.client.packet().await else { panic!("not a text") };
        heard.push(said);
    }
    let of_rooms = heard.iter().filter(|said| said.starts_with(r#"42["said""#)).count();
    assert_eq!((of_rooms, heard[2].as_str()), (2, r#"42["done",true]"#), "{heard:?}");
}

#[tokio::test]
async fn an_offset_that_cannot_be_one_brings_nobody_back() {
    // The second is from a version without epochs.
    for offset in ["yesterday", "1"] {
        let fixture = Fixture::start(RecoveryConfig::default()).await;
        let mut guest = fixture.guest(ABLE).await;
        guest.ask(r#"["enter","r"]"#).await;
        let auth = guest.returning(Some(offset), "");
        let sid = guest.sid.clone();
        drop(guest);
        fixture.waiting(1).await;
        assert_ne!(fixture.guest(&auth).await.sid, sid, "{offset}");
        assert_eq!(fixture.server.recovery_stats().unrecoverable, 1, "{offset}");
    }
}

/// What stands beside the two fields does not matter, but a field that is there and cannot be read
/// is not one that is absent.
#[tokio::test]
async fn a_pid_and_an_offset_are_read_beside_anything_and_exactly_or_not_at_all() {
    let fixture = Fixture::start(RecoveryConfig::default()).await;
    for (auth, is_recovered) in [
        (r#"{"pid":"PID","offset":"0.0"}"#, true),
        (r#"{"device":"\ud83d","pid":"PID","offset":"0.0"}"#, true),
        (r#"{"pid":"PID","\ud83d":1,"offset":"0.0"}"#, true),
        (r#"{"pid":"PID","offset":"0.0","size":1e999}"#, true),
        (r#"{"pid":"PID","offset":null,"size":[1e999,"\udc00"]}"#, true),
        (r#"{"pid":1,"offset":"0.0"}"#, false),
        (r#"{"pid":["PID"],"offset":"0.0"}"#, false),
        (r#"{"pid":"PID","pid":"PID","offset":"0.0"}"#, false),
        (r#"{"pid":"PID","p\u0069d":null,"offset":"0.0"}"#, false),
        (r#"{"pid":"PID","offset":0}"#, false),
        (r#"{"pid":"PID","offset":0.0}"#, false),
        (r#"{"pid":"PID","offset":1e999}"#, false),
        (r#"{"pid":"PID","offset":"\ud83d"}"#, false),
        (r#"{"pid":"PID","offset":"0.0","offset":"0.0"}"#, false),
        (r#"{"pid":"PID","offset":"0.0","offset":null}"#, false),
    ] {
        let mut guest = fixture.guest(ABLE).await;
        guest.ask(r#"["enter","r"]"#).await;
        let (sid, pid) = (guest.sid.clone(), guest.pid.clone().unwrap());
        let waiting = fixture.server.recovery_stats().waiting;
        drop(guest);
        fixture.waiting(waiting + 1).await;
        let auth = auth.replacen('{', r#"{"recovery":true,"#, 1).replace("PID", &pid);
        let guest = fixture.guest(&auth).await;
        assert_eq!(guest.sid == sid, is_recovered, "{auth}");
        assert!(guest.pid.is_some(), "it can come back: {auth}");
    }
}

/// The offset that it sends is from before the database went back, and it keeps that one until it
/// has received an event of its new session: so it has received none.
#[tokio::test]
async fn an_offset_of_another_epoch_brings_a_new_session_back_from_its_begin() {
    let fixture = Fixture::start(RecoveryConfig::default()).await;
    let mut guest = fixture.guest(ABLE).await;
    guest.ask(r#"["enter","r"]"#).await;
    fixture.server.broadcast("/", "r", ("said", "1"), None);
    let auth = guest.returning(Some("5a.99"), "");
    let sid = guest.sid.clone();
    drop(guest);
    fixture.waiting(1).await;
    let mut guest = fixture.guest(&auth).await;
    assert_eq!(guest.sid, sid);
    let Got::Text(said) = guest.client.packet().await else { panic!("nothing was said") };
    assert!(said.starts_with(r#"42["said",1,"#), "{said}");
}

/// It would look newer than every event to come, and each of them would be made for it alone.
#[tokio::test]
async fn an_offset_far_ahead_of_all_events_is_none() {
    let fixture = Fixture::start(RecoveryConfig::default()).await;
    for (offset, is_shared) in [("0.2710", false), ("0.ffffffffffffffff", true)] {
        let offset = u64::from_str_radix(&offset[2..], 16).unwrap();
        let ahead = format!(r#","offset":"0.{offset}"}}"#);
        let mut guest = fixture.guest(&ABLE.replace('}', &ahead)).await;
        guest.ask(r#"["enter","r"]"#).await;
        fixture.server.broadcast("/", "r", ("said", "1"), None);
        let Got::Text(said) = guest.client.packet().await else { panic!("nothing was said") };
        assert_eq!(!said.contains('~'), is_shared, "{said}");
    }
}

#[tokio::test]
async fn many_connections_with_one_secret_end_as_one() {
    let fixture = Fixture::start(RecoveryConfig::default()).await;
    let mut guest = fixture.guest(ABLE).await;
    guest.ask(r#"["enter","r"]"#).await;
    let auth = guest.returning(None, "");
    drop(guest);
    let mut all: Vec<Guest> = Vec::new();
    for _ in 0..20 {
        all.push(fixture.guest(&auth).await);
    }
    let mut last = all.pop().unwrap();
    wait_until(|| fixture.server.sessions() == 1).await;
    fixture.server.broadcast("/", "r", ("said", "1"), None);
    let Got::Text(said) = last.client.packet().await else { panic!("nothing was said") };
    assert!(said.starts_with(r#"42["said",1,"#), "{said}");
    for mut guest in all {
        let rest = guest.client.rest().await;
        assert!(rest.iter().all(|got| *got == text("2")), "{rest:?}");
    }
}
