//! PgBouncer in front of a server of this machine.

use std::io;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::programs::Programs;
use crate::server::USER;
use crate::waiting::wait_for;

const NAME: &str = "pgbouncer";

/// Debian puts it in a folder that only administrators have in their path.
const PLACES: [&str; 2] = [NAME, "/usr/sbin/pgbouncer"];

/// From this version on it can keep prepared statements itself, if it is told how many.
const KEEPS_STATEMENTS: (u32, u32) = (1, 21);

/// Connections to the server; a program of ours needs fourteen.
const CONNECTIONS_MAX: u32 = 40;

/// Who has a connection to the database, and for how long.
#[derive(Clone, Copy, Debug)]
pub enum Pooling {
    /// A client, until it leaves.
    Sessions,
    /// Another client in each transaction. Statements that were prepared in one are not known in
    /// the next.
    Transactions,
    /// Another client in each transaction, and statements are known in all. Older versions do not
    /// know this.
    KeptTransactions,
}

impl Pooling {
    /// Another client in each transaction, where the version that is installed knows the statements
    /// then.
    pub fn most_shared() -> io::Result<Self> {
        let (_, version) = version()?;
        Ok(if version >= KEEPS_STATEMENTS { Self::KeptTransactions } else { Self::Sessions })
    }
}

/// Stopped when dropped.
#[derive(Debug)]
pub struct Pooler {
    child: Child,
    _folder: TempDir,
    port: u16,
}

/// Whether PgBouncer is on this machine.
pub fn pooler_is_installed() -> bool {
    version().is_ok()
}

impl Pooler {
    /// Starts one before the server at this port, for all of its databases. It answers when this
    /// returns.
    pub fn before(server: u16, pooling: Pooling) -> io::Result<Self> {
        Self::start(server, pooling, None)
    }

    /// The same; clients have to speak TLS with it, and it has this certificate.
    pub fn encrypted_before(
        server: u16,
        pooling: Pooling,
        certificate: &str,
        key: &str,
    ) -> io::Result<Self> {
        Self::start(server, pooling, Some([certificate, key]))
    }

    fn start(server: u16, pooling: Pooling, tls: Option<[&str; 2]>) -> io::Result<Self> {
        let (program, version) = version()?;
        let mode = match pooling {
            Pooling::Sessions => "session",
            Pooling::Transactions | Pooling::KeptTransactions => "transaction",
        };
        // Older versions refuse a setting that they do not know.
        let statements = match pooling {
            Pooling::KeptTransactions => "max_prepared_statements = 200\n",
            _ if version >= KEEPS_STATEMENTS => "max_prepared_statements = 0\n",
            _ => "",
        };
        let folder = tempfile::Builder::new().prefix("seatwire-pgbouncer-").tempdir()?;
        let user = Programs::found()?.user();
        let mut with_tls = String::new();
        if let Some(texts) = tls {
            with_tls.push_str("client_tls_sslmode = require\n");
            for (text, name) in texts.into_iter().zip(["cert", "key"]) {
                let path = folder.path().join(name);
                std::fs::write(&path, text)?;
                if let Some(user) = user {
                    std::os::unix::fs::chown(&path, Some(user.id), Some(user.group))?;
                }
                with_tls.push_str(&format!("client_tls_{name}_file = {}\n", path.display()));
            }
        }
        // Free at this moment; if another process takes it in between, the log shows that.
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let settings = format!(
            "[databases]\n* = host=127.0.0.1 port={server} user={USER}\n[pgbouncer]\n\
             listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n\
             pool_mode = {mode}\ndefault_pool_size = {CONNECTIONS_MAX}\n{statements}{with_tls}"
        );
        let file = folder.path().join("pgbouncer.ini");
        std::fs::write(&file, settings)?;
        if let Some(user) = user {
            std::os::unix::fs::chown(folder.path(), Some(user.id), Some(user.group))?;
        }
        let log_path = folder.path().join("log");
        let log = std::fs::File::create(&log_path)?;
        let mut command = Command::new(program);
        command.arg(file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        if let Some(user) = user {
            user.runs(&mut command);
        }
        let child = command.spawn()?;
        let mut pooler = Self { child, _folder: folder, port };
        let answers = wait_for("PgBouncer to answer", || {
            if let Some(status) = pooler.child.try_wait()? {
                return Err(io::Error::other(format!("it ended at once: {status}")));
            }
            Ok(TcpStream::connect(("127.0.0.1", port)).is_ok())
        });
        answers.map_err(|error| {
            let log = std::fs::read_to_string(&log_path).unwrap_or_default();
            io::Error::other(format!("{error}; its log:\n{log}"))
        })?;
        Ok(pooler)
    }

    pub fn port(&self) -> u16 {
        self.port
    }
}

/// The program, and its version.
fn version() -> io::Result<(PathBuf, (u32, u32))> {
    let told = |place: &str| {
        let output = Command::new(place).arg("--version").output().ok()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut numbers = text.lines().next()?.strip_prefix("PgBouncer ")?.split('.');
        let version = (numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?);
        Some((PathBuf::from(place), version))
    };
    let missing = || io::Error::other("missing: PgBouncer (Debian: pgbouncer)");
    PLACES.into_iter().find_map(told).ok_or_else(missing)
}

impl Drop for Pooler {
    fn drop(&mut self) {
        // A failed test must show its own failure, not this one.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
