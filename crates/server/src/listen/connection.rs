//! One connection, from its first byte until its end, or until it has become a websocket.
//!
//! hyper serves it, except for an answer that stays open: a smaller task of its own writes that
//! ([`super::open_answer`]), and then hyper continues.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use axum::Router;
use http::{HeaderValue, Response};
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use socketio::ServedStream;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::answering::{AnswerBody, Answering, HandedOver};
use super::client_hello;
use super::conversation::Conversation;
use super::head_bounds::{HEAD_BYTES_MAX, HEAD_TIMEOUT};
use super::idle_connections::{IdleConnections, Kind};
use super::open_answer::OpenAnswer;
use super::tls_handshake::Handshakes;
use super::transport::Transport;
use super::watched_stream::WatchedStream;
use crate::limits::{OpenConnection, OpenConnections};
use crate::metrics::count_refused;
use crate::metrics::handshakes::{Failure, Handshake, count_failed};
use crate::network::Network;
use crate::proxies::Proxies;

/// How much longer the server keeps an idle connection than it announces: a request that was sent
/// just in time should not cross with the end.
const KEEP_ALIVE_GRACE: Duration = Duration::from_secs(1);

/// How long the answers to requests under way may take when the server stops.
const LAST_ANSWER_MAX: Duration = Duration::from_secs(5);

/// What every connection needs to be served.
#[derive(Clone)]
pub(super) struct Connections {
    pub(super) routes: Router,
    pub(super) handshakes: Option<Handshakes>,
    pub(super) idle: Arc<IdleConnections>,
    pub(super) keep_alive: Duration,
    pub(super) open: OpenConnections,
    pub(super) proxies: Arc<Proxies>,
    pub(super) stop: CancellationToken,
    pub(super) tasks: TaskTracker,
}

/// What stays with a connection to its end, whether hyper serves it or not.
struct Kept {
    remote: SocketAddr,
    conversation: Arc<Conversation>,
    /// Its places among all connections, and among those of its address.
    _places: (OwnedSemaphorePermit, Option<OpenConnection>),
}

/// How far hyper has come with a connection.
enum Spoken {
    ToTheEnd(hyper::Result<()>),
    /// To an answer that stays open.
    Until(Response<AnswerBody>),
}

impl Connections {
    pub(super) async fn serve(
        self,
        stream: TcpStream,
        remote: SocketAddr,
        place: OwnedSemaphorePermit,
    ) {
        let network = Network::of(remote);
        // The connections of a proxy are counted for its callers, once they are viewers.
        let is_proxy = self.proxies.is_one(remote.ip());
        if !is_proxy && self.open.refuses(network, 1) {
            tracing::debug!(%remote, "too many connections of this address");
            count_refused("connections");
            return;
        }
        let open = (!is_proxy).then(|| self.open.open(network));
        // Small answers are sent at once; this fails only on a socket that is dead already.
        drop(stream.set_nodelay(true));
        let conversation = Arc::new(Conversation::default());
        match self.begin(stream, network, &conversation).await {
            Some(Ok(transport)) => {
                let stream = ServedStream::new(WatchedStream::new(
                    transport,
                    Arc::clone(&conversation),
                    Arc::clone(&self.idle),
                    self.keep_alive + KEEP_ALIVE_GRACE,
                    self.stop.clone(),
                ));
                self.speak(stream, Kept { remote, conversation, _places: (place, open) }).await;
            }
            Some(Err(error)) => tracing::debug!(%error, %remote, "a connection did not begin"),
            None => {}
        }
    }

    /// `None` if the connection does not begin.
    async fn begin(
        &self,
        stream: TcpStream,
        network: Network,
        conversation: &Arc<Conversation>,
    ) -> Option<io::Result<Transport>> {
        let begun = {
            let _idle = self.idle.enter(Kind::Idle, conversation);
            tokio::select! {
                begun = self.begun(&stream) => begun,
                () = conversation.asked_to_hang_up() => return None,
                () = self.stop.cancelled() => return None,
            }
        };
        let Some(handshakes) = &self.handshakes else {
            return Some(begun.map(|()| Transport::Tcp(stream)));
        };
        if let Err(error) = begun {
            count_failed(Handshake::Tls, Failure::of_tls(&error));
            return Some(Err(error));
        }
        // Boxed, so that the task of a long-lived connection does not need room for it.
        let handshake = Box::pin(handshakes.encrypt(stream, network));
        let encrypted = self.stop.run_until_cancelled(handshake).await?;
        if let Err(error) = &encrypted {
            count_failed(Handshake::Tls, Failure::of_tls(error));
        }
        Some(encrypted.map(|stream| Transport::Tls(Box::new(stream))))
    }

    /// Waits for the first byte, or for all that a TLS handshake begins with. Until then a
    /// connection has no buffer and takes no turn.
    async fn begun(&self, stream: &TcpStream) -> io::Result<()> {
        tokio::time::timeout(HEAD_TIMEOUT, async {
            match self.handshakes {
                Some(_) => client_hello::arrived(stream).await,
                None => stream.readable().await,
            }
        })
        .await?
    }

    async fn speak(self, stream: ServedStream, kept: Kept) {
        let told = format!("timeout={}", self.keep_alive.as_secs());
        let (remote, conversation) = (kept.remote, Arc::clone(&kept.conversation));
        let handed_over = HandedOver::default();
        let service = Answering {
            routes: self.routes.clone(),
            remote,
            // Digits and letters.
            keep_alive: HeaderValue::from_str(&told).unwrap_or(HeaderValue::from_static("")),
            conversation: Arc::clone(&conversation),
            handed_over: Arc::clone(&handed_over),
        };
        let mut connection = http1::Builder::new()
            // The stream has all the timeouts, so that an idle connection can be told from a slow
            // head.
            .header_read_timeout(None)
            .max_buf_size(HEAD_BYTES_MAX)
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades();
        let mut stopped = std::pin::pin!(self.stopped());
        let mut leaving = std::pin::pin!(async {
            tokio::select! {
                () = self.stop.cancelled() => {}
                () = conversation.asked_to_hang_up() => {}
            }
        });
        let mut is_leaving = false;
        let spoken = loop {
            let speaking = poll_fn(|cx| match Pin::new(&mut connection).poll(cx) {
                Poll::Ready(ended) => Poll::Ready(Spoken::ToTheEnd(ended)),
                // The service runs inside this poll: an answer that it hands over is there
                // afterwards.
                Poll::Pending => match handed_over.lock().take() {
                    Some(answer) => Poll::Ready(Spoken::Until(answer)),
                    None => Poll::Pending,
                },
            });
            tokio::select! {
                spoken = speaking => break spoken,
                () = leaving.as_mut(), if !is_leaving => {
                    is_leaving = true;
                    Pin::new(&mut connection).graceful_shutdown();
                }
                () = stopped.as_mut() => return unfinished(remote),
            }
        };
        match spoken {
            Spoken::ToTheEnd(Ok(())) => {}
            Spoken::ToTheEnd(Err(error)) => {
                tracing::debug!(%error, %remote, "a connection ended early");
            }
            Spoken::Until(answer) => {
                // There are none if it has become a websocket; then no answer follows.
                let Some(parts) = connection.into_parts() else { return };
                debug_assert!(parts.read_buf.is_empty(), "the stream holds back what is ahead");
                let answering = self.clone().answer(parts.io.into_inner(), answer, kept);
                self.tasks.spawn(answering);
            }
        }
    }

    /// Writes an answer that stays open.
    async fn answer(self, stream: ServedStream, answer: Response<AnswerBody>, kept: Kept) {
        let remote = kept.remote;
        let written = {
            let writing = OpenAnswer::new(stream, answer).write();
            tokio::select! {
                written = writing => written,
                () = self.stopped() => return unfinished(remote),
            }
        };
        match written {
            Ok(stream) => {
                let tasks = self.tasks.clone();
                tasks.spawn(self.go_on(stream, kept));
            }
            Err(error) => tracing::debug!(%error, %remote, "an open answer ended early"),
        }
    }

    /// Serves the connection as before. The future is boxed, so that the task of an open answer is
    /// small.
    fn go_on(
        self,
        mut stream: ServedStream,
        kept: Kept,
    ) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(async move {
            if self.stop.is_cancelled() || kept.conversation.is_asked_to_hang_up() {
                // No client waits for this end.
                drop(stream.shutdown().await);
            } else {
                self.speak(stream, kept).await;
            }
        })
    }

    /// The server stops, and requests under way have had their time.
    async fn stopped(&self) {
        self.stop.cancelled().await;
        tokio::time::sleep(LAST_ANSWER_MAX).await;
    }
}

fn unfinished(remote: SocketAddr) {
    tracing::info!(%remote, "an answer was not finished before the stop");
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;
    use tokio::sync::Semaphore;

    /// Every event stream and every poll that waits is such a task.
    #[tokio::test]
    async fn the_task_of_a_connection_is_small() {
        let connections = Connections {
            routes: Router::new(),
            handshakes: None,
            idle: Arc::default(),
            keep_alive: KEEP_ALIVE_GRACE,
            open: OpenConnections::new(None),
            proxies: Arc::default(),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stream = TcpStream::connect(address).await.unwrap();
        let place = Arc::new(Semaphore::new(1)).acquire_owned().await.unwrap();
        let task = connections.serve(stream, address, place);
        assert!(size_of_val(&task) <= 2048, "{}", size_of_val(&task));
    }
}
