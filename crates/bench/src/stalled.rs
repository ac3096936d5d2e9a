//! Viewers that stop reading as soon as they have subscribed: their sockets' buffers are small, and
//! so are the server's for them. When woken, every second one reads on; the rest have lost their
//! connections and connect again with `since`. Each folds its events, so that its map can be
//! checked.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use serde::Deserialize;
use serde_json::Value;
use socket2::SockRef;
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::address;
use crate::followers::{Followers, Following, SNAPSHOT};
use crate::keep_alive::{ask, request};
use crate::seat_map::{Seat, SeatMap, Update};
use crate::viewer::{Sight, Viewer};

/// The receive buffer of a stalled viewer's socket; the kernel makes it somewhat larger.
const RECEIVE_BYTES: usize = 4 << 10;

/// The same once it reads on.
const AWAKE_RECEIVE_BYTES: usize = 128 << 10;

/// As on Ethernet. With loopback's size, the server's kernel would buffer megabytes for each viewer
/// before the server saw that it does not read.
const SEGMENT_BYTES: u32 = 1_460;

pub(crate) struct Stalled {
    pub(crate) followers: Rc<Followers>,
    maps: Rc<RefCell<Vec<SeatMap>>>,
    wake: watch::Sender<bool>,
    living: JoinSet<()>,
}

impl Stalled {
    /// All of them subscribe to this route. Nothing may happen on it meanwhile.
    pub(crate) async fn gather(port: u16, route: &str, count: usize) -> anyhow::Result<Self> {
        let followers = Followers::new(port, &[route.to_owned()], count);
        let (seq, map) = truth(port, route).await?;
        let maps = Rc::new(RefCell::new(vec![map; count]));
        let (wake, woken) = watch::channel(false);
        let mut living = JoinSet::new();
        for index in 0..count {
            let viewer = Viewer::join(narrow(index, port).await?, route, None).await?;
            ensure!(viewer.seq == Some(seq), "{:?} is not where the route stands", viewer.seq);
            followers.set_last(index, seq);
            let following = Following { index, followers: Rc::clone(&followers) };
            let folding = Folding { following, maps: Rc::clone(&maps) };
            living.spawn_local(live(viewer, woken.clone(), folding));
        }
        Ok(Self { followers, maps, wake, living })
    }

    pub(crate) fn wake(&self) {
        self.wake.send_replace(true);
    }

    /// Returns how many have another map than the database, once there are no more events and all
    /// are connected.
    pub(crate) async fn leave(mut self, port: u16, route: &str) -> anyhow::Result<usize> {
        let (seq, map) = truth(port, route).await?;
        self.followers.wait_until(|followers| followers.is_at(&[seq])).await?;
        self.living.abort_all();
        while self.living.join_next().await.is_some() {}
        let differs = |own: &&SeatMap| own.difference(&map).is_some();
        Ok(self.maps.borrow().iter().filter(differs).count())
    }
}

async fn live(viewer: Viewer<TcpStream>, mut woken: watch::Receiver<bool>, mut folding: Folding) {
    let Following { index, ref followers } = folding.following;
    let followers = Rc::clone(followers);
    // The sender is never dropped before this task ends.
    let _ = woken.wait_for(|is| *is).await;
    if index % 2 == 0 {
        // If that setting fails, the viewer reads on anyway.
        let _ = SockRef::from(viewer.stream()).set_recv_buffer_size(AWAKE_RECEIVE_BYTES);
        followers.watch(index, viewer, &mut folding).await;
    } else {
        drop(viewer);
    }
    followers.come_back(index, &mut folding).await;
}

/// A connection with small buffers at both ends.
async fn narrow(index: usize, port: u16) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    SockRef::from(&socket).set_recv_buffer_size(RECEIVE_BYTES)?;
    SockRef::from(&socket).set_tcp_mss(SEGMENT_BYTES)?;
    socket.bind(address::source(index))?;
    let stream = socket.connect(([127, 0, 0, 1], port).into()).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// What one of them sees, folded.
struct Folding {
    following: Following,
    maps: Rc<RefCell<Vec<SeatMap>>>,
}

impl Sight for Folding {
    fn packet(&mut self, packet: &[u8], at: Instant) {
        if let Some(map) = self.maps.borrow_mut().get_mut(self.following.index) {
            // A packet that cannot be read changes no map, and so shows as a difference.
            let _ = fold(map, packet);
        }
        self.following.packet(packet, at);
    }
}

#[derive(Deserialize)]
struct Route<'a> {
    seq: u64,
    #[serde(borrow, alias = "tickets")]
    seats: Vec<Seat<'a>>,
}

fn fold(map: &mut SeatMap, packet: &[u8]) -> Option<()> {
    if let Some(data) = packet.strip_prefix(SNAPSHOT) {
        let data = data.strip_suffix(b"]")?;
        *map = SeatMap::of(serde_json::from_slice::<Route<'_>>(data).ok()?.seats);
        return Some(());
    }
    map.fold(&Update::picked(packet)?);
    Some(())
}

/// A route as the database has it.
async fn truth(port: u16, route: &str) -> anyhow::Result<(u64, SeatMap)> {
    let route: Value = ask(port, &request("GET", &format!("/routes/{route}"), None, None)).await?;
    let text = route.to_string();
    let route: Route<'_> = serde_json::from_str(&text).context("not a route")?;
    Ok((route.seq, SeatMap::of(route.seats)))
}

#[cfg(test)]
mod tests {
    use super::{SeatMap, fold};

    #[test]
    fn a_snapshot_takes_the_place_of_a_map_and_events_change_it() {
        let mut map = SeatMap::from_legs(vec![0b111]);
        let snapshot = r#"42/seats,["seat_snapshot",{"routeId":"r","seq":4,"seatCount":3,"seats":
            [{"seatNumber":2,"status":"CONFIRMED","fromStopIndex":0,"toStopIndex":1,"gender":"OTHER"}]}]"#;
        assert_eq!(fold(&mut map, snapshot.as_bytes()), Some(()));
        assert_eq!(map, SeatMap::from_legs(vec![0, 0b1]));
        let update = r#"42/seats,["seat_update",{"routeId":"r","seatNumber":2,"seq":5,
            "eventType":"seat_available","fromStopIndex":0,"toStopIndex":1}]"#;
        assert_eq!(fold(&mut map, update.as_bytes()), Some(()));
        assert_eq!(map, SeatMap::default());
        assert_eq!(fold(&mut map, br#"42/seats,["seat_update",{}]"#), None);
    }
}
