//! One connection to Redis: how it is found, opened, read and written.
//!
//! Nothing is repaired here. The library would subscribe again by itself after some losses, and not
//! after others (a slot that moved between two live nodes, a half-open connection). So anything
//! that looks like a loss ends the connection, and the link opens a new one.
//!
//! A Cluster gets sharded messages: they go to one shard and its replicas, while messages of the
//! other kind go to every node.

use std::time::Duration;

use metrics::counter;
use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::cluster::ClusterClient;
use redis::cluster_async::ClusterConnection;
use redis::sentinel::{SentinelClient, SentinelClientBuilder, SentinelServerType};
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ErrorKind, ProtocolVersion, PushInfo, PushKind,
    RedisError, TlsMode, Value,
};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

use crate::address::{Address, Kind};
use crate::metrics::DROPPED;

/// How long it may take to find the server, connect and log in.
pub(crate) const CONNECT_SECONDS_MAX: u64 = 5;

/// How long an answer may take. After that, the other nodes read the published groups from the
/// store.
pub(crate) const ANSWER_SECONDS_MAX: u64 = 2;

/// Messages that were read and not handled yet. More are dropped: the store has them.
const PUSHES_MAX: usize = 1_024;

/// Why there is no link to Redis, or none any more.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    #[error("{0}")]
    Redis(#[from] RedisError),
    #[error("no connection within {CONNECT_SECONDS_MAX} seconds")]
    ConnectTimeout,
    #[error("Redis ended the connection")]
    Disconnected,
    #[error("Redis ended the subscription")]
    Unsubscribed,
    #[error("what is said is not heard any more")]
    Silent,
    #[error("the Sentinels name another server")]
    Moved,
    #[error("the database has begun a new epoch")]
    ChannelChanged,
}

/// What a connection receives.
#[derive(Debug)]
pub(crate) enum Push {
    Message(Vec<u8>),
    Lost(LinkError),
}

/// The receiving end.
#[derive(Debug)]
pub(crate) struct Pushes(mpsc::Receiver<PushInfo>);

impl Pushes {
    pub(crate) async fn next(&mut self) -> Push {
        loop {
            let Some(push) = self.0.recv().await else {
                return Push::Lost(LinkError::Disconnected);
            };
            match push.kind {
                PushKind::Message | PushKind::SMessage => {
                    // `channel, message`; there is one channel.
                    if let Some(Value::BulkString(message)) = push.data.into_iter().nth(1) {
                        return Push::Message(message);
                    }
                }
                PushKind::Disconnection => return Push::Lost(LinkError::Disconnected),
                // This program never unsubscribes: a slot has moved.
                PushKind::Unsubscribe | PushKind::SUnsubscribe => {
                    return Push::Lost(LinkError::Unsubscribed);
                }
                _ => {}
            }
        }
    }
}

/// The sending end.
#[derive(Clone)]
pub(crate) enum Connection {
    Server(MultiplexedConnection),
    Cluster(Box<ClusterConnection>),
}

impl Connection {
    pub(crate) async fn subscribe(&mut self, channel: &str) -> Result<(), LinkError> {
        match self {
            Self::Server(connection) => connection.subscribe(channel).await?,
            Self::Cluster(connection) => connection.ssubscribe(channel).await?,
        }
        Ok(())
    }

    /// Publishes in this order; when this returns, Redis has passed them on.
    pub(crate) async fn publish(
        &mut self,
        channel: &str,
        messages: &[impl AsRef<[u8]>],
    ) -> Result<(), LinkError> {
        let command = match self {
            Self::Server(_) => "PUBLISH",
            Self::Cluster(_) => "SPUBLISH",
        };
        let mut pipe = redis::Pipeline::with_capacity(messages.len());
        for message in messages {
            pipe.cmd(command).arg(channel).arg(message.as_ref()).ignore();
        }
        match self {
            Self::Server(connection) => send(pipe, connection).await,
            Self::Cluster(connection) => send(pipe, &mut **connection).await,
        }
    }
}

async fn send(
    pipe: redis::Pipeline,
    connection: &mut (impl ConnectionLike + Send),
) -> Result<(), LinkError> {
    Ok(pipe.query_async(connection).await?)
}

/// Finds Redis, each time again.
pub(crate) enum Finder {
    Server(Client),
    Sentinel { client: SentinelClient, found: Option<ConnectionAddr> },
    Cluster(Address),
}

impl Finder {
    pub(crate) fn of(address: &Address) -> Result<Self, RedisError> {
        match &address.kind {
            Kind::Server => {
                let mut servers = address.servers()?;
                let Some(server) = servers.pop() else { return Err(nowhere()) };
                Ok(Self::Server(match address.certificates() {
                    Some(certificates) => Client::build_with_tls(server, certificates)?,
                    None => Client::open(server)?,
                }))
            }
            Kind::Sentinel { service } => {
                Ok(Self::Sentinel { client: sentinel(address, service)?, found: None })
            }
            Kind::Cluster => Ok(Self::Cluster(address.clone())),
        }
    }

    pub(crate) async fn open(&mut self) -> Result<(Connection, Pushes), LinkError> {
        let limit = Duration::from_secs(CONNECT_SECONDS_MAX);
        let opened = tokio::time::timeout(limit, self.find_and_connect()).await;
        opened.map_err(|_| LinkError::ConnectTimeout)?
    }

    async fn find_and_connect(&mut self) -> Result<(Connection, Pushes), LinkError> {
        let (sender, receiver) = mpsc::channel(PUSHES_MAX);
        let hear = move |push: PushInfo| {
            // Messages without room are dropped, so that a slow reader does not hold Redis up.
            match sender.try_send(push) {
                Err(TrySendError::Closed(_)) => return Err(redis::aio::SendError),
                Err(TrySendError::Full(_)) => counter!(DROPPED, "reason" => "unheard").increment(1),
                Ok(()) => {}
            }
            Ok(())
        };
        let answer = Duration::from_secs(ANSWER_SECONDS_MAX);
        let connect = Duration::from_secs(CONNECT_SECONDS_MAX);
        let client = match self {
            Self::Server(client) => client.clone(),
            Self::Sentinel { client, found } => {
                let client = client.async_get_client().await?;
                *found = Some(client.get_connection_info().addr().clone());
                client
            }
            Self::Cluster(address) => {
                let builder = ClusterClient::builder(address.servers()?)
                    .use_protocol(ProtocolVersion::RESP3)
                    .connection_timeout(connect)
                    .response_timeout(answer)
                    // The link itself tries again.
                    .retries(0)
                    .push_sender(hear);
                let builder = match address.certificates() {
                    Some(certificates) => builder.certs(certificates),
                    None => builder,
                };
                let connection = builder.build()?.get_async_connection().await?;
                return Ok((Connection::Cluster(Box::new(connection)), Pushes(receiver)));
            }
        };
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(connect))
            .set_response_timeout(Some(answer))
            .set_push_sender(hear);
        let connection = client.get_multiplexed_async_connection_with_config(&config).await?;
        Ok((Connection::Server(connection), Pushes(receiver)))
    }

    /// Whether the server that was found is still the right one. Only Sentinels can name another
    /// one without the end of the connection: a server that was cut off from them lives on, and a
    /// node that stayed on it would get no messages.
    pub(crate) async fn still_means_the_same(&mut self) -> bool {
        let Self::Sentinel { client, found } = self else { return true };
        let limit = Duration::from_secs(CONNECT_SECONDS_MAX);
        match tokio::time::timeout(limit, client.async_get_client()).await {
            Ok(Ok(client)) => {
                let now = client.get_connection_info().addr();
                found.as_ref().is_none_or(|found| found.to_string() == now.to_string())
            }
            // If the Sentinels do not answer, a server that does is kept.
            Ok(Err(_)) | Err(_) => true,
        }
    }
}

fn nowhere() -> RedisError {
    (ErrorKind::InvalidClientConfig, "no server is named").into()
}

fn sentinel(address: &Address, service: &str) -> Result<SentinelClient, RedisError> {
    let mut builder =
        SentinelClientBuilder::new(address.addresses(), service, SentinelServerType::Master)?
            .set_client_to_redis_db(address.database())
            .set_client_to_redis_protocol(ProtocolVersion::RESP3);
    if let Some(user) = &address.redis.user {
        builder = builder.set_client_to_redis_username(user);
    }
    if let Some(password) = &address.redis.password {
        builder = builder.set_client_to_redis_password(password);
    }
    if let Some(user) = &address.sentinel.user {
        builder = builder.set_client_to_sentinel_username(user);
    }
    if let Some(password) = &address.sentinel.password {
        builder = builder.set_client_to_sentinel_password(password);
    }
    if address.is_encrypted {
        builder = builder
            .set_client_to_redis_tls_mode(TlsMode::Secure)
            .set_client_to_sentinel_tls_mode(TlsMode::Secure);
        if let Some(certificates) = address.certificates() {
            builder = builder
                .set_client_to_redis_certificates(certificates.clone())
                .set_client_to_sentinel_certificates(certificates);
        }
    }
    builder.build()
}
