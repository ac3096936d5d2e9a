//! A piece of network between viewers and the servers, or between a server and its database, that
//! can be cut, slowed, made deaf or left half open. It lives on when servers die.
//!
//! Bytes lost here were sent, as far as the server can know, and never received.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::io;
use std::rc::{Rc, Weak};
use std::time::Duration;

use anyhow::Context as _;
use tokio::io::AsyncWriteExt as _;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, sleep_until};

use super::websocket::reset;

const READ_BYTES: usize = 16 << 10;

/// What can happen to a connection on its way.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Mischief {
    /// Both ends get a reset.
    Cut,
    /// Nothing moves for this long.
    Slow(Duration),
    /// The server's bytes are lost for this long, then it is cut.
    Deaf(Duration),
    /// The viewer's end is cut, the server's stays open and silent for this long.
    HalfOpen(Duration),
    /// Cut in the middle of the next bytes from the server.
    Torn,
    /// Both sides' bytes are lost for this long, while both believe that they are connected; then
    /// it is cut.
    Silent(Duration),
}

impl Mischief {
    pub(crate) fn draw(dice: &mut fastrand::Rng) -> Self {
        let mut upto = |most| Duration::from_millis(dice.u64(50..most));
        let (slow, deaf, open, silent) = (upto(2_500), upto(1_500), upto(20_000), upto(4_000));
        match dice.u8(..6) {
            0 => Self::Cut,
            1 => Self::Slow(slow),
            2 => Self::Deaf(deaf),
            3 => Self::HalfOpen(open),
            4 => Self::Silent(silent),
            _ => Self::Torn,
        }
    }
}

pub(crate) struct Proxy {
    pub(crate) port: u16,
    /// The ports that it leads to; it leads nowhere if there are none.
    to: RefCell<Rc<[u16]>>,
    links: RefCell<Vec<Weak<Link>>>,
    /// The server of each connection, by its port here.
    carried: Rc<RefCell<HashMap<u16, u16>>>,
}

#[derive(Default)]
struct Link {
    stopped_until: Cell<Option<Instant>>,
    deaf: Cell<bool>,
    silent: Cell<bool>,
    torn: Cell<bool>,
    /// How it ends: what happens to the server's side.
    end: Cell<Option<Duration>>,
    ended: Notify,
}

impl Proxy {
    /// Passes each connection on to one of these ports of this machine, until the run ends. One
    /// that does not answer is skipped, as a balancer does.
    pub(crate) async fn start(to: &[u16]) -> anyhow::Result<Rc<Self>> {
        let to = RefCell::new(to.into());
        let listener =
            TcpListener::bind(("127.0.0.1", 0)).await.context("no port for the proxy")?;
        let port = listener.local_addr()?.port();
        let proxy = Rc::new(Self { port, to, links: RefCell::default(), carried: Rc::default() });
        let accepting = Rc::downgrade(&proxy);
        tokio::task::spawn_local(async move {
            while let (Ok((client, _)), Some(proxy)) =
                (listener.accept().await, accepting.upgrade())
            {
                let link = Rc::new(Link::default());
                let mut links = proxy.links.borrow_mut();
                links.retain(|link| link.strong_count() > 0);
                links.push(Rc::downgrade(&link));
                let to = Rc::clone(&proxy.to.borrow());
                let carried = Rc::clone(&proxy.carried);
                tokio::task::spawn_local(async move {
                    let own = client.peer_addr().map_or(0, |address| address.port());
                    let came_to = |server| {
                        carried.borrow_mut().insert(own, server);
                    };
                    carry(link, client, to, came_to).await;
                    carried.borrow_mut().remove(&own);
                });
            }
        });
        Ok(proxy)
    }

    /// The port of the server that a connection has come to, by the connection's own.
    pub(crate) fn server_of(&self, own_port: Option<u16>) -> Option<u16> {
        self.carried.borrow().get(&own_port?).copied()
    }

    /// Leads elsewhere from now on: open connections are cut.
    pub(crate) fn lead(&self, to: &[u16]) {
        self.to.replace(to.into());
        for link in self.links.borrow().iter().filter_map(Weak::upgrade) {
            link.end(Duration::ZERO);
        }
    }

    /// Does this to about `percent` of the connections. Returns how many they were.
    pub(crate) fn disturb(
        &self,
        dice: &mut fastrand::Rng,
        percent: u8,
        what: Option<Mischief>,
    ) -> u64 {
        let mut disturbed = 0;
        for link in self.links.borrow().iter().filter_map(Weak::upgrade) {
            if dice.u8(..100) < percent {
                link.suffer(what.unwrap_or_else(|| Mischief::draw(dice)));
                disturbed += 1;
            }
        }
        disturbed
    }

    /// No connection is slow or deaf any more; those that have lost bytes are cut.
    pub(crate) fn heal(&self) {
        for link in self.links.borrow().iter().filter_map(Weak::upgrade) {
            link.stopped_until.set(None);
            if link.deaf.get() || link.silent.get() {
                link.end(Duration::ZERO);
            }
        }
    }
}

impl Link {
    fn suffer(self: &Rc<Self>, what: Mischief) {
        match what {
            Mischief::Cut => self.end(Duration::ZERO),
            Mischief::Slow(time) => self.stopped_until.set(Some(Instant::now() + time)),
            Mischief::Torn => self.torn.set(true),
            Mischief::HalfOpen(time) => self.end(time),
            Mischief::Deaf(time) => {
                self.deaf.set(true);
                self.end_after(time);
            }
            Mischief::Silent(time) => {
                self.silent.set(true);
                self.end_after(time);
            }
        }
    }

    fn end_after(self: &Rc<Self>, time: Duration) {
        let link = Rc::clone(self);
        tokio::task::spawn_local(async move {
            sleep(time).await;
            link.end(Duration::ZERO);
        });
    }

    fn end(&self, server_open: Duration) {
        self.end.set(Some(server_open));
        self.ended.notify_one();
    }

    async fn passable(&self) {
        while let Some(until) = self.stopped_until.get().filter(|until| *until > Instant::now()) {
            sleep_until(until).await;
        }
    }
}

async fn carry(link: Rc<Link>, mut client: TcpStream, to: Rc<[u16]>, came_to: impl Fn(u16)) {
    let Some(mut server) = connected(&to).await else {
        reset(client);
        return;
    };
    came_to(server.peer_addr().map_or(0, |address| address.port()));
    if client.set_nodelay(true).is_err() || server.set_nodelay(true).is_err() {
        return;
    }
    {
        let (from_client, to_client) = client.split();
        let (from_server, to_server) = server.split();
        tokio::select! {
            _ = pump(&link, from_client, to_server, false) => {}
            _ = pump(&link, from_server, to_client, true) => {}
            () = link.ended.notified() => {}
        }
    }
    let Some(server_open) = link.end.get() else { return };
    reset(client);
    sleep(server_open).await;
    reset(server);
}

async fn connected(to: &[u16]) -> Option<TcpStream> {
    let first = fastrand::usize(..to.len().max(1));
    for port in to.iter().cycle().skip(first).take(to.len()) {
        if let Ok(server) = TcpStream::connect(("127.0.0.1", *port)).await {
            return Some(server);
        }
    }
    None
}

async fn pump(
    link: &Link,
    from: ReadHalf<'_>,
    mut to: WriteHalf<'_>,
    from_server: bool,
) -> io::Result<()> {
    let mut buffer = vec![0; READ_BYTES];
    loop {
        from.readable().await?;
        link.passable().await;
        let read = match from.try_read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
            Err(error) => return Err(error),
        };
        let bytes = buffer.get(..read).unwrap_or_default();
        if link.silent.get() || (from_server && link.deaf.get()) {
            continue;
        }
        if from_server && link.torn.get() {
            to.write_all(bytes.get(..read / 2).unwrap_or_default()).await?;
            link.end(Duration::ZERO);
            return std::future::pending().await;
        }
        to.write_all(bytes).await?;
    }
}
