//! Where Redis is: one server, a Cluster, or Sentinels that know the current server.
//!
//! | text | is |
//! |---|---|
//! | `redis://user:password@host:port/database` | one server |
//! | `redis+sentinel://user:password@host:port,host:port/service/database` | its Sentinels |
//! | `redis+cluster://user:password@host:port,host:port` | some nodes of a Cluster |
//!
//! `rediss` instead of `redis` is TLS, which checks certificate and name; after `?` come
//! `sslrootcert=/path/ca.pem` and, for Sentinels, `sentineluser=` and `sentinelpassword=`. The
//! address has a password, so nothing here repeats it.

use std::fmt;
use std::path::PathBuf;

use percent_encoding::percent_decode_str;
use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo, ProtocolVersion};
use redis::{RedisConnectionInfo, TlsCertificates};

const REDIS_PORT: u16 = 6379;
const SENTINEL_PORT: u16 = 26379;

/// More seeds than are ever needed to find a Cluster or its Sentinels.
const HOSTS_MAX: usize = 64;

#[derive(Debug, thiserror::Error)]
pub enum AddressError {
    #[error("it must begin with redis://, redis+sentinel:// or redis+cluster:// (rediss… for TLS)")]
    Scheme,
    #[error(
        "it must name one host, or up to {HOSTS_MAX} with redis+sentinel:// and redis+cluster://"
    )]
    Hosts,
    #[error("a port must be a number from 1 to 65535")]
    Port,
    #[error("behind the hosts there may be a database's number (with Sentinels: service/number)")]
    Path,
    #[error("Redis Cluster has one database, which has no number")]
    ClusterDatabase,
    #[error("behind the hosts the name of the service that the Sentinels watch must stand")]
    NoService,
    #[error(
        "user and password must be written as URLs have it, in UTF-8: %40 for @, %3A for :, %2F for /"
    )]
    Credentials,
    #[error("the parameters are sslrootcert, sentineluser and sentinelpassword")]
    Parameter,
    #[error("sslrootcert is for rediss alone")]
    CertificateWithoutTls,
    #[error("sslrootcert {}: {cause}", path.display())]
    RootCertificate { path: PathBuf, cause: std::io::Error },
    #[error("sslrootcert {}: there is no certificate in it", path.display())]
    NoCertificate { path: PathBuf },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    Server,
    Sentinel,
    Cluster,
}

#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    Server,
    Sentinel { service: String },
    Cluster,
}

/// Does not print its passwords.
#[derive(Clone)]
pub struct Address {
    pub(crate) kind: Kind,
    pub(crate) is_encrypted: bool,
    pub(crate) hosts: Vec<(String, u16)>,
    pub(crate) redis: Login,
    pub(crate) sentinel: Login,
    database: i64,
    root_certificate: Option<Vec<u8>>,
}

#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Login {
    pub(crate) user: Option<String>,
    pub(crate) password: Option<String>,
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

/// Without user, password and parameters.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_encrypted { "rediss" } else { "redis" })?;
        f.write_str(match self.kind {
            Kind::Server => "://",
            Kind::Sentinel { .. } => "+sentinel://",
            Kind::Cluster => "+cluster://",
        })?;
        for (at, (host, port)) in self.hosts.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            match host.contains(':') {
                true => write!(f, "{comma}[{host}]:{port}")?,
                false => write!(f, "{comma}{host}:{port}")?,
            }
        }
        match &self.kind {
            Kind::Sentinel { service } => write!(f, "/{service}"),
            Kind::Server | Kind::Cluster => Ok(()),
        }
    }
}

impl Address {
    /// Reads the text that `SEATWIRE_REDIS` holds, and the certificate that it names.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let (scheme, rest) = text.split_once("://").ok_or(AddressError::Scheme)?;
        let scheme_name = scheme.to_ascii_lowercase();
        let (scheme, is_encrypted) = match scheme_name.as_str() {
            "redis" => (Scheme::Server, false),
            "rediss" => (Scheme::Server, true),
            "redis+sentinel" => (Scheme::Sentinel, false),
            "rediss+sentinel" => (Scheme::Sentinel, true),
            "redis+cluster" => (Scheme::Cluster, false),
            "rediss+cluster" => (Scheme::Cluster, true),
            _ => return Err(AddressError::Scheme),
        };
        let (rest, parameters) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (login, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (kind, database) = kind(scheme, path)?;
        let port = if scheme == Scheme::Sentinel { SENTINEL_PORT } else { REDIS_PORT };
        let hosts: Vec<_> =
            hosts.split(',').map(|host| read_host(host, port)).collect::<Result<_, _>>()?;
        if hosts.len() > HOSTS_MAX || (kind == Kind::Server && hosts.len() > 1) {
            return Err(AddressError::Hosts);
        }
        let redis = read_login(login)?;
        let (mut sentinel, mut certificate) = (Login::default(), None);
        for parameter in parameters.split('&').filter(|parameter| !parameter.is_empty()) {
            let (name, value) = parameter.split_once('=').ok_or(AddressError::Parameter)?;
            let value = decoded(value)?;
            match name {
                "sslrootcert" if !is_encrypted => return Err(AddressError::CertificateWithoutTls),
                "sslrootcert" => certificate = Some(PathBuf::from(value)),
                "sentineluser" if scheme == Scheme::Sentinel => sentinel.user = Some(value),
                "sentinelpassword" if scheme == Scheme::Sentinel => sentinel.password = Some(value),
                _ => return Err(AddressError::Parameter),
            }
        }
        let root_certificate = certificate.map(read_certificate).transpose()?;
        Ok(Self { kind, is_encrypted, hosts, redis, sentinel, database, root_certificate })
    }

    /// `None`: those of this system.
    pub(crate) fn certificates(&self) -> Option<TlsCertificates> {
        let root_cert = Some(self.root_certificate.clone()?);
        Some(TlsCertificates { client_tls: None, root_cert })
    }

    pub(crate) fn addresses(&self) -> Vec<ConnectionAddr> {
        let hosts = self.hosts.iter().cloned();
        hosts
            .map(|(host, port)| match self.is_encrypted {
                false => ConnectionAddr::Tcp(host, port),
                true => ConnectionAddr::TcpTls { host, port, insecure: false, tls_params: None },
            })
            .collect()
    }

    /// The settings for a connection to any of the Redis servers.
    pub(crate) fn settings(&self) -> RedisConnectionInfo {
        let settings = RedisConnectionInfo::default()
            .set_protocol(ProtocolVersion::RESP3)
            .set_db(self.database);
        let settings = match &self.redis.user {
            Some(user) => settings.set_username(user),
            None => settings,
        };
        match &self.redis.password {
            Some(password) => settings.set_password(password),
            None => settings,
        }
    }

    pub(crate) fn servers(&self) -> Result<Vec<ConnectionInfo>, redis::RedisError> {
        let with_settings = |address: ConnectionAddr| {
            Ok(address.into_connection_info()?.set_redis_settings(self.settings()))
        };
        self.addresses().into_iter().map(with_settings).collect()
    }

    pub(crate) fn database(&self) -> i64 {
        self.database
    }
}

fn kind(scheme: Scheme, path: &str) -> Result<(Kind, i64), AddressError> {
    let number = |text: &str| match text {
        "" => Ok(0),
        text => text.parse::<u32>().map(i64::from).map_err(|_| AddressError::Path),
    };
    match scheme {
        Scheme::Server => Ok((Kind::Server, number(path)?)),
        Scheme::Cluster if path.is_empty() || path == "0" => Ok((Kind::Cluster, 0)),
        Scheme::Cluster => Err(AddressError::ClusterDatabase),
        Scheme::Sentinel => {
            let (service, database) = path.split_once('/').unwrap_or((path, ""));
            let service = decoded(service)?;
            if service.is_empty() {
                return Err(AddressError::NoService);
            }
            Ok((Kind::Sentinel { service }, number(database)?))
        }
    }
}

/// `host`, `host:port`, `[::1]` or `[::1]:port`.
fn read_host(text: &str, default_port: u16) -> Result<(String, u16), AddressError> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, rest) = rest.split_once(']').ok_or(AddressError::Hosts)?;
            let port = match rest {
                "" => None,
                rest => Some(rest.strip_prefix(':').ok_or(AddressError::Hosts)?),
            };
            (host, port)
        }
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    let is_name = !host.is_empty() && !host.contains(|c: char| c.is_whitespace() || c.is_control());
    if !is_name {
        return Err(AddressError::Hosts);
    }
    let port = match port {
        None => default_port,
        Some(port) => port.parse().ok().filter(|port| *port > 0).ok_or(AddressError::Port)?,
    };
    Ok((host.to_owned(), port))
}

/// `user:password`, `:password` or `user`.
fn read_login(text: &str) -> Result<Login, AddressError> {
    let (user, password) = match text.split_once(':') {
        Some((user, password)) => (user, Some(decoded(password)?)),
        None => (text, None),
    };
    let user = Some(decoded(user)?).filter(|user| !user.is_empty());
    Ok(Login { user, password })
}

fn decoded(text: &str) -> Result<String, AddressError> {
    let decoded = percent_decode_str(text).decode_utf8().map_err(|_| AddressError::Credentials)?;
    Ok(decoded.into_owned())
}

/// Read once, when the program starts: a wrong path is reported then, and not at the first loss.
fn read_certificate(path: PathBuf) -> Result<Vec<u8>, AddressError> {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject as _;
    match std::fs::read(&path) {
        Err(cause) => Err(AddressError::RootCertificate { path, cause }),
        Ok(pem) if CertificateDer::from_pem_slice(&pem).is_err() => {
            Err(AddressError::NoCertificate { path })
        }
        Ok(pem) => Ok(pem),
    }
}

#[cfg(test)]
mod tests;
