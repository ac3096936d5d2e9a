//! Binding the port and taking connections.
//!
//! `localhost` is both 127.0.0.1 and ::1 on one port. A connection costs a task while it speaks
//! HTTP; once it has become a websocket, nothing of HTTP is left of it.

mod tls_handshake;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use socketio::{Remote, ServedStream};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;
use tower_http::add_extension::AddExtension;

use crate::config::{ListenAddress, Tls};
use tls_handshake::Handshakes;

/// Connections that the kernel is asked to keep for us while we are busy: a whole storm of returning
/// viewers. It keeps no more than its own `net.core.somaxconn` (4,096 on most systems); a client that
/// finds no room tries again after a second by itself.
const BACKLOG: u32 = 32_768;

/// HTTP connections at one time; the next ones wait in the backlog.
const HTTP_CONNECTIONS_MAX: usize = 20_000;

/// A request's head has to arrive within this time: nobody may hold a connection open byte by byte.
const HEAD_TIMEOUT: Duration = Duration::from_secs(15);

/// A request's head has to fit into this.
const HEAD_BYTES_MAX: usize = 16 * 1024;

/// How long to wait when no connection can be taken (out of file descriptors).
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Tries to find a port that is free on every address of a name.
const PORT_ATTEMPTS_MAX: u32 = 16;

/// Bound listeners, and the address to tell people.
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
    // A restarted server must not wait for the connections of the one that was killed.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    let listener = socket.listen(BACKLOG)?;
    let port = listener.local_addr()?.port();
    Ok((listener, port))
}

impl Listeners {
    /// Serves until told to stop; then takes no more connections, lets requests under way finish,
    /// and returns when all are gone.
    pub(crate) async fn serve(self, routes: Router, tls: Option<Tls>, stop: CancellationToken) {
        let connections = TaskTracker::new();
        let server = Served { routes, handshakes: tls.as_ref().map(Handshakes::new), stop };
        let places = Arc::new(Semaphore::new(HTTP_CONNECTIONS_MAX));
        for listener in self.listeners {
            let (server, tracker) = (server.clone(), connections.clone());
            let places = Arc::clone(&places);
            connections.spawn(async move {
                let stop = &server.stop;
                while let Some((stream, remote, place)) = accept(&listener, &places, stop).await {
                    tracker.spawn(server.clone().converse(stream, remote, place));
                }
            });
        }
        connections.close();
        connections.wait().await;
    }
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
    stop: &CancellationToken,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let mut told = false;
    loop {
        let next = async {
            let place = Arc::clone(places).acquire_owned().await.ok();
            (listener.accept().await, place)
        };
        let (accepted, place) = tokio::select! {
            () = stop.cancelled() => return None,
            next = next => next,
        };
        match accepted {
            Ok((stream, remote)) => return Some((stream, remote, place?)),
            // That one hung up before it was its turn; the next one is there already.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(error) => {
                // What it tried to take stays in the backlog: at once it would find the same again.
                if !std::mem::replace(&mut told, true) {
                    tracing::warn!(%error, "no connection can be taken for the moment");
                }
                drop(place);
                stop.run_until_cancelled(tokio::time::sleep(ACCEPT_PAUSE)).await?;
            }
        }
    }
}

/// What every connection is served with.
#[derive(Clone)]
struct Served {
    routes: Router,
    handshakes: Option<Handshakes>,
    stop: CancellationToken,
}

impl Served {
    /// One connection, until its end or until it has become a websocket.
    async fn converse(self, stream: TcpStream, remote: SocketAddr, place: OwnedSemaphorePermit) {
        // Small answers leave at once; fails only on a socket that is dead already.
        drop(stream.set_nodelay(true));
        match self.stop.run_until_cancelled(self.begin(stream)).await {
            Some(Ok(stream)) => self.speak(stream, remote).await,
            Some(Err(error)) => tracing::debug!(%error, %remote, "a connection did not begin"),
            None => {}
        }
        drop(place);
    }

    /// Waits for the first byte, and for the end of a TLS handshake if there is to be one. Until
    /// then a connection owns no buffer and takes nobody's turn.
    async fn begin(&self, stream: TcpStream) -> io::Result<ServedStream> {
        tokio::time::timeout(HEAD_TIMEOUT, stream.readable()).await??;
        match &self.handshakes {
            Some(handshakes) => handshakes.encrypt(stream).await.map(ServedStream::other),
            None => Ok(stream.into()),
        }
    }

    async fn speak(self, stream: ServedStream, remote: SocketAddr) {
        let service = AddExtension::new(self.routes, Remote(remote));
        let service = service.map_request(|request: hyper::Request<hyper::body::Incoming>| {
            request.map(axum::body::Body::new)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .max_buf_size(HEAD_BYTES_MAX)
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service))
            .with_upgrades();
        let mut connection = std::pin::pin!(connection);
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = self.stop.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, %remote, "a connection ended early");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    /// What a client is told that has sent this much, and then nothing more.
    async fn end_after(sent: &str) -> (Duration, String) {
        let address = ListenAddress { host: "127.0.0.1".into(), port: 0 };
        let listeners = bind(&address).await.unwrap();
        let port = listeners.address.port;
        let stop = CancellationToken::new();
        let serving = tokio::spawn(listeners.serve(Router::new(), None, stop.clone()));
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

    /// Time passes as soon as everybody waits, so this takes none.
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
