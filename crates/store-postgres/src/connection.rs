//! How the database is reached: its address, TLS, and what is done with a connection while it
//! lives.
//!
//! Invariant: nothing is set on a connection that lasts longer than a transaction, because with a
//! pooler the next transaction may be on another one. The server's warnings are counted: a commit
//! with a warning is not a commit (see `commit`).

use std::fmt;
use std::future::poll_fn;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use deadpool_postgres::{
    Connect, Manager, ManagerConfig, Pool, RecyclingMethod, Runtime, Timeouts,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};
use tokio_postgres::error::{DbError, Severity};
use tokio_postgres::{
    AsyncMessage, Client, Config, Error, NoTls, Notification, Socket, tls::MakeTlsConnect,
};
use tokio_postgres_rustls::MakeRustlsConnect;

/// How long a connection may take to be made, name and TLS included.
const CONNECT_SECONDS: u64 = 5;

/// How long sent data may stay unacknowledged by the other machine's kernel.
const UNACKNOWLEDGED_SECONDS: u64 = 10;

/// After how long a silent connection is probed, and how often until it counts as dead.
const KEEPALIVE_SECONDS: u64 = 10;
const KEEPALIVES_MAX: u32 = 3;

/// The name of this program's connections on the server.
pub(crate) const APPLICATION_NAME: &str = "seatwire";

#[derive(Debug, thiserror::Error)]
pub enum AddressError {
    #[error("it cannot be read: {0}")]
    Unreadable(#[source] Error),
    #[error("it names no host")]
    NoHost,
    #[error(
        "sslmode must be `disable`, `require` or `verify-full`; the last two both check the certificate \
         and its name, and are what holds for another machine when nothing is said"
    )]
    SslMode,
    #[error("sslrootcert {}: {cause}", path.display())]
    RootCertificate { path: PathBuf, cause: rustls::pki_types::pem::Error },
    #[error("TLS cannot be set up: {0}")]
    Tls(#[from] rustls::Error),
}

/// Where the database is. Does not print its password.
#[derive(Clone)]
pub struct Address {
    config: Config,
    tls: Option<Arc<rustls::ClientConfig>>,
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Address").field("config", &self.config).finish_non_exhaustive()
    }
}

/// Without user and password.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hosts = self.config.get_hosts().iter().map(|host| match host {
            Host::Tcp(name) => name.clone(),
            Host::Unix(path) => path.display().to_string(),
        });
        write!(f, "postgres://{}", hosts.collect::<Vec<_>>().join(","))?;
        if let [port] = self.config.get_ports() {
            write!(f, ":{port}")?;
        }
        write!(f, "/{}", self.config.get_dbname().unwrap_or_default())
    }
}

impl Address {
    /// Reads
    /// `postgres://user:password@host:port/database?sslmode=require&sslrootcert=/path/ca.pem`.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let (text, root_certificate) = in_known_words(text);
        let asks = ["sslmode=disable", "sslmode=require"].iter().any(|mode| text.contains(mode));
        if text.contains("sslmode=") && !asks {
            return Err(AddressError::SslMode);
        }
        // A scheme may have capital letters.
        let text = match text.split_once("://") {
            Some((scheme, rest)) => format!("{}://{rest}", scheme.to_ascii_lowercase()),
            None => text,
        };
        let mut config: Config = text.parse().map_err(AddressError::Unreadable)?;
        if config.get_hosts().is_empty() {
            return Err(AddressError::NoHost);
        }
        let is_here = config.get_hosts().iter().all(is_this_machine);
        if !asks {
            config.ssl_mode(if is_here { SslMode::Disable } else { SslMode::Require });
        }
        config
            .application_name(APPLICATION_NAME)
            .connect_timeout(Duration::from_secs(CONNECT_SECONDS))
            .tcp_user_timeout(Duration::from_secs(UNACKNOWLEDGED_SECONDS))
            .keepalives_idle(Duration::from_secs(KEEPALIVE_SECONDS))
            .keepalives_interval(Duration::from_secs(KEEPALIVE_SECONDS))
            .keepalives_retries(KEEPALIVES_MAX);
        // Of several servers only the primary: a standby would answer with what was true a while
        // ago.
        if config.get_hosts().len() > 1 {
            config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        }
        let tls = match config.get_ssl_mode() {
            SslMode::Disable => None,
            _ => Some(Arc::new(trusting(root_certificate.as_deref())?)),
        };
        Ok(Self { config, tls })
    }

    /// The name of the database on its server.
    pub fn database(&self) -> &str {
        self.config.get_dbname().unwrap_or_default()
    }

    /// One connection, and the task that drives it.
    pub(crate) async fn connect(
        &self,
        warnings: &Warnings,
    ) -> Result<(Client, JoinHandle<()>), Error> {
        self.connect_with(Unasked { warnings: warnings.clone(), notices: None }).await
    }

    /// One connection that passes on its notifications, as far as there is room. `notices` ends
    /// with the connection, which ends when its client is dropped.
    pub(crate) async fn connect_to_listen(
        &self,
        notices: mpsc::Sender<Notification>,
    ) -> Result<Client, Error> {
        let unasked = Unasked { warnings: Warnings::default(), notices: Some(notices) };
        Ok(self.connect_with(unasked).await?.0)
    }

    async fn connect_with(&self, unasked: Unasked) -> Result<(Client, JoinHandle<()>), Error> {
        match &self.tls {
            None => connect(&self.config, NoTls, unasked).await,
            Some(tls) => {
                let tls = MakeRustlsConnect::new(rustls::ClientConfig::clone(tls));
                connect(&self.config, tls, unasked).await
            }
        }
    }

    /// At most `size` connections, made when they are needed.
    pub(crate) fn pool(&self, size: usize, warnings: &Warnings) -> Pool {
        let connect = Reached { address: self.clone(), warnings: warnings.clone() };
        // It only checks whether the connection is closed: a test by a round trip would double the
        // time of each query.
        let settings = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_connect(self.config.clone(), connect, settings);
        let wait = Some(Duration::from_secs(2 * CONNECT_SECONDS));
        let timeouts = Timeouts { wait, create: wait, recycle: wait };
        let built = Pool::builder(manager)
            .max_size(size)
            .runtime(Runtime::Tokio1)
            .timeouts(timeouts)
            .build();
        let Ok(pool) = built else {
            unreachable!("a pool with time-outs is refused only without a runtime, and it has one")
        };
        pool
    }
}

/// How often the server has warned on the connections of one pool.
#[derive(Clone, Debug, Default)]
pub(crate) struct Warnings(Arc<AtomicU64>);

impl Warnings {
    pub(crate) fn count(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }
}

/// Where messages go that the server sends unasked.
struct Unasked {
    warnings: Warnings,
    notices: Option<mpsc::Sender<Notification>>,
}

struct Reached {
    address: Address,
    warnings: Warnings,
}

impl Connect for Reached {
    fn connect(
        &self,
        _: &Config,
    ) -> std::pin::Pin<Box<dyn Future<Output = Result<(Client, JoinHandle<()>), Error>> + Send + '_>>
    {
        Box::pin(self.address.connect(&self.warnings))
    }
}

async fn connect<T>(
    config: &Config,
    tls: T,
    Unasked { warnings, notices }: Unasked,
) -> Result<(Client, JoinHandle<()>), Error>
where
    T: MakeTlsConnect<Socket>,
    T::Stream: Send + 'static,
{
    let (client, mut connection) = config.connect(tls).await?;
    // Ends with the connection, which ends when its client is dropped.
    let driver = tokio::spawn(async move {
        loop {
            match poll_fn(|context| connection.poll_message(context)).await {
                // It is counted before its statement is answered: a notice comes first, and this
                // task passes on the rest of the message after it.
                Some(Ok(AsyncMessage::Notice(notice))) if is_warning(&notice) => {
                    warnings.0.fetch_add(1, Ordering::AcqRel);
                    tracing::warn!(%notice, code = notice.code().code(), "the database warns");
                }
                Some(Ok(AsyncMessage::Notification(notice))) => {
                    // A notice without room is lost: answers on this connection must not wait for
                    // it.
                    drop(notices.as_ref().map(|notices| notices.try_send(notice)));
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => {
                    tracing::warn!(%error, "a connection to the database has ended");
                    return;
                }
                None => return,
            }
        }
    });
    Ok((client, driver))
}

/// By the word that is the same in every language that the server may speak.
fn is_warning(notice: &DbError) -> bool {
    notice.parsed_severity() == Some(Severity::Warning)
}

fn is_this_machine(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
        }
        Host::Unix(_) => true,
    }
}

/// `tokio-postgres` knows neither `sslrootcert` nor `verify-full`; it is told `require`, where all that
/// is checked here, too.
fn in_known_words(text: &str) -> (String, Option<PathBuf>) {
    let Some((before, parameters)) = text.split_once('?') else { return (text.to_owned(), None) };
    let (roots, rest): (Vec<&str>, Vec<&str>) =
        parameters.split('&').partition(|parameter| parameter.starts_with("sslrootcert="));
    let root = roots.last().and_then(|root| root.split_once('=')).map(|(_, path)| path.into());
    let known = |parameter| match parameter {
        "sslmode=verify-full" => "sslmode=require",
        other => other,
    };
    let rest: Vec<&str> = rest.into_iter().map(known).collect();
    let text =
        if rest.is_empty() { before.to_owned() } else { [before, &rest.join("&")].join("?") };
    (text, root)
}

fn trusting(root_certificate: Option<&Path>) -> Result<rustls::ClientConfig, AddressError> {
    let mut roots = rustls::RootCertStore::empty();
    match root_certificate {
        Some(path) => {
            let broken = |cause| AddressError::RootCertificate { path: path.to_owned(), cause };
            for certificate in CertificateDer::pem_file_iter(path).map_err(broken)? {
                roots.add(certificate.map_err(broken)?)?;
            }
        }
        None => {
            let system = rustls_native_certs::load_native_certs();
            let (_trusted, unreadable) = roots.add_parsable_certificates(system.certs);
            if unreadable > 0 {
                tracing::warn!(unreadable, "root certificates of this system that cannot be read");
            }
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?;
    Ok(versions.with_root_certificates(roots).with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_machine_is_spoken_to_over_tls_unless_it_is_said_otherwise() {
        let mode = |text: &str| Address::parse(text).unwrap().config.get_ssl_mode();
        assert_eq!(mode("postgres://u@127.0.0.1/d"), SslMode::Disable);
        assert_eq!(mode("postgres://u@localhost/d"), SslMode::Disable);
        assert_eq!(mode("postgres:///d?host=/run/postgresql&user=u"), SslMode::Disable);
        assert_eq!(mode("postgres://u@localhost/d?sslmode=require"), SslMode::Require);
        assert_eq!(mode("postgres://u@localhost/d?sslmode=verify-full"), SslMode::Require);
        assert_eq!(mode("postgres://u@db.example/d"), SslMode::Require);
        assert_eq!(mode("postgres://u@db.example/d?sslmode=disable"), SslMode::Disable);
    }

    /// A machine that is gone says nothing: its kernel does not even refuse.
    #[test]
    fn a_connection_to_a_machine_that_is_gone_ends() {
        let config = Address::parse("postgres://u@db.example/d").unwrap().config;
        let within =
            |wait: Option<&Duration>| wait.copied().is_some_and(|wait| wait.as_secs() <= 10);
        assert!(within(config.get_connect_timeout()));
        assert!(within(config.get_tcp_user_timeout()));
        assert!(config.get_keepalives());
        assert!(within(Some(&config.get_keepalives_idle())));
        assert!(within(config.get_keepalives_interval().as_ref()));
        assert_eq!(config.get_keepalives_retries(), Some(KEEPALIVES_MAX));
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        let refused = |text: &str| Address::parse(text).unwrap_err().to_string();
        assert!(refused("postgres://u@db.example/d?sslmode=prefer").starts_with("sslmode must be"));
        assert!(refused("postgres://u@db.example:x/d").starts_with("it cannot be read"));
        assert_eq!(refused("postgres:///d"), "it names no host");
        let missing = "postgres://u@db.example/d?sslrootcert=/nowhere/ca.pem";
        assert!(
            refused(missing).starts_with("sslrootcert /nowhere/ca.pem"),
            "{}",
            refused(missing)
        );
    }

    #[test]
    fn a_password_does_not_print() {
        let address = Address::parse("postgres://u:geheim@localhost:5433/d").unwrap();
        assert!(!format!("{address:?}").contains("geheim"));
        assert_eq!(address.to_string(), "postgres://localhost:5433/d");
    }
}
