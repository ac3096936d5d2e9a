//! One server process, and the standby that can take its place.

use std::io;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::programs::Programs;
use crate::snapshot::Snapshot;
use crate::waiting::wait_for;

/// More than all tests together open.
const CONNECTIONS_MAX: &str = "400";

/// May do everything, and needs no password.
pub(crate) const USER: &str = "seatwire";

const DATABASE: &str = "postgres";

/// What happens to a commit when the machine loses power.
#[derive(Clone, Copy, Debug)]
pub enum Durability {
    /// It may be lost: tests check what is written, not the disk. Committed data still survives the
    /// end of the server, because the system has it.
    Lost,
    /// As it is deployed: for measurements.
    Kept,
}

/// Stopped when dropped.
#[derive(Debug)]
pub struct Server {
    programs: Programs,
    child: Option<Child>,
    folder: TempDir,
    port: u16,
    durability: Durability,
}

impl Server {
    /// Starts an empty one, which answers when this returns.
    pub fn start() -> io::Result<Self> {
        Self::start_with(Durability::Lost)
    }

    /// The same, with this durability.
    pub fn start_with(durability: Durability) -> io::Result<Self> {
        let server = Self::made(durability)?;
        server.make_cluster()?;
        server.started()
    }

    /// Starts an empty one that has this certificate and its key (PEM), and refuses whoever does not
    /// encrypt.
    pub fn start_encrypted(certificate: &str, key: &str) -> io::Result<Self> {
        let server = Self::made(Durability::Lost)?;
        server.make_cluster()?;
        let rules = "hostnossl all all all reject\nhostssl all all all trust\n";
        let on = "\nssl = on\n";
        let settings = std::fs::read_to_string(server.path("data/postgresql.conf"))? + on;
        for (name, text) in [
            ("server.crt", certificate),
            ("server.key", key),
            ("pg_hba.conf", rules),
            ("postgresql.conf", &settings),
        ] {
            let path = server.path(&format!("data/{name}"));
            std::fs::write(&path, text)?;
            // It refuses a key that others may read.
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
            if let Some(user) = server.programs.user() {
                std::os::unix::fs::chown(&path, Some(user.id), Some(user.group))?;
            }
        }
        server.started()
    }

    /// Starts a copy of another one that then follows it, through a port that leads there. The
    /// other one never waits for it.
    pub fn standby_behind(port: u16) -> io::Result<Self> {
        let server = Self::made(Durability::Lost)?;
        let (data, port) = (server.path("data"), port.to_string());
        let arguments = ["-h", "127.0.0.1", "-p", &port, "-U", USER, "-D", &data];
        let arguments = [&arguments[..], &["-R", "-X", "stream", "-c", "fast", "-N"]].concat();
        server.programs.output("pg_basebackup", server.folder.path(), &arguments)?;
        server.started()
    }

    fn made(durability: Durability) -> io::Result<Self> {
        let programs = Programs::found()?;
        let folder = tempfile::Builder::new().prefix("seatwire-postgres-").tempdir()?;
        if let Some(user) = programs.user() {
            std::os::unix::fs::chown(folder.path(), Some(user.id), Some(user.group))?;
        }
        // Free at this moment; if another process takes it in between, PostgreSQL's log shows that.
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        Ok(Self { programs, child: None, folder, port, durability })
    }

    fn make_cluster(&self) -> io::Result<()> {
        let data = self.path("data");
        let cluster = ["-D", &data, "-U", USER, "--auth=trust", "-E", "UTF8", "--no-locale"];
        self.programs.output("initdb", self.folder.path(), &cluster).map(drop)
    }

    fn started(mut self) -> io::Result<Self> {
        self.start_again()?;
        Ok(self)
    }

    /// Starts again on the same port, with all that it had committed.
    pub fn start_again(&mut self) -> io::Result<()> {
        let log = std::fs::File::options().create(true).append(true).open(self.log_path())?;
        let mut command = self.programs.command("postgres", self.folder.path());
        command.args(["-D", &self.path("data")]);
        for setting in self.settings() {
            command.args(["-c", &setting]);
        }
        self.child = Some(command.stdout(Stdio::null()).stderr(log).spawn()?);
        let port = self.port.to_string();
        let answers = wait_for("PostgreSQL to answer", || {
            if let Some(status) = self.child.as_mut().and_then(|child| child.try_wait().transpose())
            {
                return Err(io::Error::other(format!("it ended at once: {}", status?)));
            }
            let question = ["-q", "-h", "127.0.0.1", "-p", &port, "-d", DATABASE];
            Ok(self.programs.output("pg_isready", self.folder.path(), &question).is_ok())
        });
        answers.map_err(|error| io::Error::other(format!("{error}; its log:\n{}", self.log())))
    }

    fn settings(&self) -> Vec<String> {
        let mut settings = vec![
            "listen_addresses=127.0.0.1".to_owned(),
            format!("port={}", self.port),
            "unix_socket_directories=".to_owned(),
            format!("max_connections={CONNECTIONS_MAX}"),
        ];
        let more: &[&str] = match self.durability {
            Durability::Lost => &["shared_buffers=64MB", "fsync=off", "full_page_writes=off"],
            // The measured data fits into it, as on a machine for the database alone.
            Durability::Kept => &["shared_buffers=512MB"],
        };
        settings.extend(more.iter().map(|setting| (*setting).to_owned()));
        settings
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Without a database's name.
    pub fn url(&self) -> String {
        format!("postgres://{USER}@127.0.0.1:{}", self.port)
    }

    /// Ends it at once, without a close, like a power cut. Returns when all of its processes are
    /// gone.
    pub fn kill(&mut self) -> io::Result<()> {
        let Some(mut child) = self.child.take() else { return Ok(()) };
        child.kill()?;
        child.wait()?;
        // Its other processes notice, and hold its memory until they are gone.
        let lock = self.folder.path().join("data/postmaster.pid");
        let told = std::fs::read_to_string(&lock)?;
        let memory = told.lines().nth(6).and_then(|line| line.split_whitespace().nth(1));
        if let Some(memory) = memory.map(str::to_owned) {
            wait_for("the rest of PostgreSQL to end", || Ok(!is_attached(&memory)?))?;
        }
        std::fs::remove_file(lock)
    }

    /// Ends it as an operator does: transactions are cut off, and nobody waits for a standby any
    /// longer.
    pub fn stop(&mut self) -> io::Result<()> {
        let Some(mut child) = self.child.take() else { return Ok(()) };
        let id = child.id().to_string();
        Command::new("kill").args(["-s", "INT", &id]).status()?;
        child.wait().map(drop)
    }

    /// Makes a standby the primary.
    pub fn promote(&self) -> io::Result<()> {
        self.ask("SELECT pg_promote()").map(drop)
    }

    /// Its answer, a line for each row.
    pub fn ask(&self, sql: &str) -> io::Result<String> {
        let url = format!("{}/{DATABASE}", self.url());
        let words = ["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-d", &url, "-c", sql];
        Ok(self.programs.output("psql", self.folder.path(), &words)?.trim().to_owned())
    }

    /// A transaction that sees the current state until it is dropped: rows deleted meanwhile cannot
    /// be cleaned up.
    pub fn snapshot(&self) -> io::Result<Snapshot> {
        let url = format!("{}/{DATABASE}", self.url());
        Snapshot::open(self.programs.command("psql", self.folder.path()), &url)
    }

    /// The last lines that it wrote.
    pub fn log(&self) -> String {
        let text = std::fs::read_to_string(self.log_path()).unwrap_or_default();
        let lines: Vec<_> = text.lines().rev().take(20).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }

    fn log_path(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }
}

/// Whether a process still has a piece of System V memory.
fn is_attached(id: &str) -> io::Result<bool> {
    let all = std::fs::read_to_string("/proc/sysvipc/shm")?;
    Ok(all.lines().skip(1).any(|line| {
        let mut words = line.split_whitespace();
        // key, id, permissions, size, two processes, and how many have it.
        words.nth(1) == Some(id) && words.nth(4).is_some_and(|count| count != "0")
    }))
}

impl Drop for Server {
    fn drop(&mut self) {
        // A failed test must show its own failure, not this one. On request the server ends with
        // all its processes; after a kill they would live on for a moment.
        if let Some(mut child) = self.child.take() {
            let id = child.id().to_string();
            drop(Command::new("kill").args(["-s", "QUIT", &id]).status());
            drop(child.wait());
        }
    }
}
