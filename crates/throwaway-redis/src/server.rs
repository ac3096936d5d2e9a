//! One server process.

use std::io;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::waiting::wait_for;

const PROGRAM: &str = "redis-server";
const CLIENT: &str = "redis-cli";

/// Stopped when dropped.
#[derive(Debug)]
pub struct Server {
    child: Option<Child>,
    folder: TempDir,
    port: u16,
    settings: Vec<String>,
    is_sentinel: bool,
}

/// Whether the programs are on the path.
pub fn is_installed() -> bool {
    [PROGRAM, CLIENT].iter().all(|program| {
        let version = Command::new(program).arg("--version").stdout(Stdio::null()).status();
        version.is_ok_and(|status| status.success())
    })
}

impl Server {
    /// Starts one, which answers when this returns.
    pub fn start() -> io::Result<Self> {
        Self::start_with(&[])
    }

    /// With settings as in `redis.conf`, one word after another.
    pub fn start_with(settings: &[&str]) -> io::Result<Self> {
        let settings = settings.iter().map(|word| (*word).to_owned()).collect();
        let server = Self {
            child: None,
            folder: tempfile::tempdir()?,
            port: free_port()?,
            settings,
            is_sentinel: false,
        };
        server.started()
    }

    /// A Sentinel is the same program, on a file that it writes into.
    pub(crate) fn start_sentinel(configuration: &str) -> io::Result<Self> {
        let (folder, port) = (tempfile::tempdir()?, free_port()?);
        let file = folder.path().join("sentinel.conf");
        std::fs::write(&file, format!("port {port}\n{configuration}"))?;
        let settings = vec![file.display().to_string()];
        Self { child: None, folder, port, settings, is_sentinel: true }.started()
    }

    fn started(mut self) -> io::Result<Self> {
        self.start_again()?;
        Ok(self)
    }

    /// Starts again on the same port, without its data.
    pub fn start_again(&mut self) -> io::Result<()> {
        let mut command = Command::new(PROGRAM);
        if self.is_sentinel {
            command.args(&self.settings).arg("--sentinel");
        } else {
            let port = self.port.to_string();
            command.args([
                "--port",
                &port,
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no",
            ]);
            command.arg("--dir").arg(self.folder.path()).args(&self.settings);
        }
        let log = std::fs::File::create(self.folder.path().join("log"))?;
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        self.child = Some(command.stdout(log).stderr(Stdio::null()).spawn()?);
        wait_for("Redis to answer", || self.ask(&["ping"]).is_ok_and(|told| told.contains("PONG")))
            .map_err(|error| io::Error::other(format!("{error}; its log:\n{}", self.log())))
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn is_running(&self) -> bool {
        self.child.is_some()
    }

    /// Ends it at once, like a power cut.
    pub fn kill(&mut self) -> io::Result<()> {
        if let Some(mut child) = self.child.take() {
            child.kill()?;
            child.wait()?;
        }
        Ok(())
    }

    /// Stops the process for a while, like a machine that swaps; its connections stay.
    pub fn pause(&self) -> io::Result<()> {
        self.signal("STOP")
    }

    pub fn go_on(&self) -> io::Result<()> {
        self.signal("CONT")
    }

    /// Its answer to a command.
    pub fn ask(&self, words: &[&str]) -> io::Result<String> {
        let port = self.port.to_string();
        let output = Command::new(CLIENT).args(["-p", &port]).args(words).output()?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn signal(&self, name: &str) -> io::Result<()> {
        let Some(child) = &self.child else { return Err(io::Error::other("it does not run")) };
        let status = Command::new("kill").args(["-s", name, &child.id().to_string()]).status()?;
        match status.success() {
            true => Ok(()),
            false => Err(io::Error::other("no such process")),
        }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

/// Free at this moment. If another program takes it before the server does, the server does not
/// start, and its log says why.
pub(crate) fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

impl Drop for Server {
    fn drop(&mut self) {
        // A failed test must show its own failure, not this one.
        drop(self.kill());
    }
}
