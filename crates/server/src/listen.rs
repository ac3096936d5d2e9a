//! Binds the port and accepts connections.
//!
//! `localhost` is both 127.0.0.1 and ::1 on one port. A connection costs a task while it speaks
//! HTTP; once it has become a websocket, nothing of HTTP is left of it.

mod answering;
mod client_hello;
mod connection;
mod conversation;
mod deadlines;
mod head_bounds;
mod head_scan;
mod idle_connections;
mod open_answer;
mod refusal;
mod tls_handshake;
mod transport;
mod turns;
mod watched_stream;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::{ListenAddress, Tls};
use crate::limits::OpenConnections;
use crate::now_and_then::NowAndThen;
use crate::proxies::Proxies;
pub(crate) use answering::Watched;
use connection::Connections;
use idle_connections::IdleConnections;
use tls_handshake::Handshakes;

/// Connections that the kernel is asked to keep for us while we are busy: a whole storm of viewers
/// that reconnect. It keeps no more than its own `net.core.somaxconn` (4,096 on most systems); a
/// client that finds no room tries again after a second by itself.
const BACKLOG: u32 = 32_768;

/// What the kernel keeps for a client that does not read, of each connection: twice as much as it is
/// asked for. By itself it would keep up to 4 MiB (`net.ipv4.tcp_wmem`), in memory that no limit of
/// the process counts.
const SEND_BUFFER_BYTES: u32 = 128 * 1024;

/// HTTP connections at one time; the next one replaces an idle one, or waits in the backlog.
const HTTP_CONNECTIONS_MAX: usize = 20_000;

/// How long to wait when no connection can be accepted (out of file descriptors), and while
/// connections that were asked to make room are about to end.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
const MAKE_ROOM_PAUSE: Duration = Duration::from_millis(5);

/// Spare connections that make room when there are no file descriptors left: for those that wait,
/// and for anything else that needs one.
const MAKE_ROOM: usize = 16;

/// Tries to find a port that is free on every address of a name.
const PORT_ATTEMPTS_MAX: u32 = 16;

/// How connections are served.
#[derive(Debug)]
pub(crate) struct Terms {
    pub(crate) tls: Option<Tls>,
    /// How long an idle connection is kept.
    pub(crate) keep_alive: Duration,
    pub(crate) open: OpenConnections,
    /// Their connections carry the requests of many callers.
    pub(crate) proxies: Proxies,
}

/// Bound listeners, and the address to print.
pub(crate) struct Listeners {
    listeners: Vec<TcpListener>,
    pub(crate) address: ListenAddress,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum ListenError {
    #[error("cannot find the address {host}: {cause}")]
    Unknown { host: String, cause: io::Error },
    #[error(
        "port {port} on {host} is in use by another program; stop it, or choose another port with --listen {host}:0"
    )]
    Taken { host: String, port: u16 },
    #[error("cannot listen on {host}:{port}: {cause}")]
    Failed { host: String, port: u16, cause: io::Error },
}

/// Binds every address that the host stands for, all on one port.
pub(crate) async fn bind(address: &ListenAddress) -> Result<Listeners, ListenError> {
    let host = address.host.clone();
    let addresses = resolve(&host).await?;
    let mut attempts = 0;
    loop {
        attempts += 1;
        match bind_all(&addresses, address.port) {
            Ok((listeners, port)) => {
                let address = ListenAddress { host, port };
                return Ok(Listeners { listeners, address });
            }
            Err((_, cause))
                if cause.kind() == io::ErrorKind::AddrInUse
                    && address.port == 0
                    && attempts < PORT_ATTEMPTS_MAX => {}
            Err((port, cause)) if cause.kind() == io::ErrorKind::AddrInUse => {
                return Err(ListenError::Taken { host, port });
            }
            Err((port, cause)) => return Err(ListenError::Failed { host, port, cause }),
        }
    }
}

async fn resolve(host: &str) -> Result<Vec<IpAddr>, ListenError> {
    if host.eq_ignore_ascii_case("localhost") {
        return Ok(vec![[127, 0, 0, 1].into(), std::net::Ipv6Addr::LOCALHOST.into()]);
    }
    let found = tokio::net::lookup_host((host, 0)).await;
    let found = found.map_err(|cause| ListenError::Unknown { host: host.to_owned(), cause })?;
    let mut addresses: Vec<IpAddr> = found.map(|address| address.ip()).collect();
    addresses.dedup();
    Ok(addresses)
}

fn bind_all(addresses: &[IpAddr], port: u16) -> Result<(Vec<TcpListener>, u16), (u16, io::Error)> {
    let mut listeners = Vec::new();
    let mut port = port;
    for (index, address) in addresses.iter().enumerate() {
        match bind_one(SocketAddr::new(*address, port)) {
            Ok((listener, bound)) => {
                port = bound;
                listeners.push(listener);
            }
            // A machine without IPv6 still has a localhost.
            Err(cause) if index > 0 && cause.kind() != io::ErrorKind::AddrInUse => {
                tracing::debug!(%address, %cause, "not listening here");
            }
            Err(cause) => return Err((port, cause)),
        }
    }
    Ok((listeners, port))
}

fn bind_one(address: SocketAddr) -> io::Result<(TcpListener, u16)> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // A restarted server must not wait for the connections of the process that was killed.
    socket.set_reuseaddr(true)?;
    // Every connection that is accepted has it from here.
    socket.set_send_buffer_size(SEND_BUFFER_BYTES)?;
    socket.bind(address)?;
    let listener = socket.listen(BACKLOG)?;
    let port = listener.local_addr()?.port();
    Ok((listener, port))
}

impl Listeners {
    /// Serves until the server stops; then it accepts no more connections, lets requests under way
    /// finish, and returns when all are gone.
    pub(crate) async fn serve(self, routes: Router, terms: Terms, stop: CancellationToken) {
        let Terms { tls, keep_alive, open, proxies } = terms;
        let tasks = TaskTracker::new();
        let idle = Arc::new(IdleConnections::default());
        let handshakes = tls.as_ref().map(Handshakes::new);
        let proxies = Arc::new(proxies);
        let connections = Connections {
            routes,
            handshakes,
            idle,
            keep_alive,
            open,
            proxies,
            stop,
            tasks: tasks.clone(),
        };
        let places = Arc::new(Semaphore::new(HTTP_CONNECTIONS_MAX));
        for listener in self.listeners {
            let (connections, tracker) = (connections.clone(), tasks.clone());
            let places = Arc::clone(&places);
            tasks.spawn(async move {
                let Connections { stop, idle, .. } = &connections;
                let no_room = NowAndThen::default();
                while let Some((stream, remote, place)) =
                    accept(&listener, &places, idle, &no_room, stop).await
                {
                    tracker.spawn(connections.clone().serve(stream, remote, place));
                }
            });
        }
        tasks.close();
        tasks.wait().await;
    }
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
    idle: &IdleConnections,
    no_room: &NowAndThen,
    stop: &CancellationToken,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    loop {
        let place = async {
            if places.available_permits() == 0 {
                idle.hang_up(1);
            }
            Arc::clone(places).acquire_owned().await.ok()
        };
        let next = async { (place.await, listener.accept().await) };
        let (place, accepted) = tokio::select! {
            () = stop.cancelled() => return None,
            next = next => next,
        };
        match accepted {
            Ok((stream, remote)) => return Some((stream, remote, place?)),
            // This client disconnected before its turn; the next one is there already.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(error) => {
                // The connection stays in the backlog: without a pause the next accept would fail
                // in the same way.
                let made_room = idle.hang_up(MAKE_ROOM);
                if no_room.is_due() {
                    tracing::warn!(%error, made_room, "no connection can be taken for the moment");
                }
                drop(place);
                let pause = if made_room > 0 { MAKE_ROOM_PAUSE } else { ACCEPT_PAUSE };
                stop.run_until_cancelled(tokio::time::sleep(pause)).await?;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::head_bounds::{HEAD_BYTES_MAX, HEAD_TIMEOUT};
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    fn terms() -> Terms {
        let (open, proxies) = (OpenConnections::new(None), Proxies::default());
        Terms { tls: None, keep_alive: HEAD_TIMEOUT, open, proxies }
    }

    /// The server's answer to a client that has sent this much, and then nothing more.
    async fn end_after(sent: &str) -> (Duration, String) {
        let address = ListenAddress { host: "127.0.0.1".into(), port: 0 };
        let listeners = bind(&address).await.unwrap();
        let port = listeners.address.port;
        let stop = CancellationToken::new();
        let serving = tokio::spawn(listeners.serve(Router::new(), terms(), stop.clone()));
        let mut client = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        client.write_all(sent.as_bytes()).await.unwrap();
        let begun = tokio::time::Instant::now();
        let mut told = String::new();
        let end = client.read_to_string(&mut told);
        tokio::time::timeout(10 * HEAD_TIMEOUT, end).await.expect("an end").unwrap();
        let waited = begun.elapsed();
        stop.cancel();
        serving.await.unwrap();
        (waited, told)
    }

    /// The clock advances as soon as every task waits, so this takes no real time.
    #[tokio::test(start_paused = true)]
    async fn a_head_that_does_not_arrive_is_not_waited_for() {
        for sent in ["", "GET /socket.io/?EIO=4 HTTP/1.1\r\nHost: x\r\nUpgra"] {
            let (waited, told) = end_after(sent).await;
            assert!(waited >= HEAD_TIMEOUT, "{waited:?} for {sent:?}");
            assert!(!told.contains("200"), "{told}");
        }
    }

    #[tokio::test]
    async fn a_head_that_is_too_large_is_refused() {
        let long = "x".repeat(HEAD_BYTES_MAX);
        let (_, told) = end_after(&format!("GET / HTTP/1.1\r\nHost: x\r\nX: {long}\r\n")).await;
        assert!(told.starts_with("HTTP/1.1 431"), "{told}");
    }
}
