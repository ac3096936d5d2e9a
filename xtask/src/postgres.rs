//! A throw-away PostgreSQL for the tests: one cluster in a folder of its own, listening on this machine
//! alone, gone with whoever started it.
//!
//! PostgreSQL refuses to run as root: then it runs as the system user that the package made, or as
//! `nobody`.

use crate::program::Program;
use crate::tool;
use anyhow::{Context, Result, bail};
use std::net::TcpListener;
use std::path::{Path, PathBuf};

/// Tells the tests where it is.
pub(crate) const VARIABLE: &str = "SEATWIRE_TEST_POSTGRES";

/// More than all tests at once open.
const CONNECTIONS_MAX: &str = "400";

/// What becomes of a commit when the machine loses power.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Durability {
    /// What is tested is what is written, not the disk. What was committed survives the end of the server
    /// all the same: the system has it.
    Lost,
    /// As it is deployed: for measurements.
    Kept,
}

#[derive(Debug)]
pub(crate) struct Postgres {
    binaries: PathBuf,
    folder: PathBuf,
    user: Option<&'static str>,
    port: u16,
    durability: Durability,
}

impl Postgres {
    /// Makes a cluster and starts it; it is ready when this returns.
    pub(crate) async fn start() -> Result<Self> {
        Self::start_with(Durability::Lost).await
    }

    pub(crate) async fn start_with(durability: Durability) -> Result<Self> {
        let Some(binaries) = binaries() else { bail!("missing: PostgreSQL (Debian: postgresql)") };
        let folder = std::env::temp_dir().join(format!("seatwire-postgres-{}", std::process::id()));
        std::fs::create_dir(&folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        let user = user(&folder).await?;
        // Free at this moment; whoever takes it in between is told of by PostgreSQL's log.
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let postgres = Self { binaries, folder, user, port, durability };
        if let Some(user) = user {
            postgres
                .quietly("chown", &[user, &postgres.path("")], "giving the folder away")
                .await?;
        }
        let data = postgres.path("data");
        let cluster = ["-D", &data, "-U", "seatwire", "--auth=trust", "-E", "UTF8", "--no-locale"];
        postgres.run("initdb", &cluster).await?;
        postgres
            .run(
                "pg_ctl",
                &[
                    "-D",
                    &data,
                    "-o",
                    &postgres.settings(),
                    "-l",
                    &postgres.path("log"),
                    "-w",
                    "start",
                ],
            )
            .await?;
        Ok(postgres)
    }

    /// Without a database's name.
    pub(crate) fn url(&self) -> String {
        format!("postgres://seatwire@127.0.0.1:{}", self.port)
    }

    /// What a shell does to end it without a warning and start it again.
    pub(crate) fn restart(&self) -> String {
        let program = self.binaries.join("pg_ctl").display().to_string();
        let user = self.user.map_or_else(String::new, |user| format!("runuser -u {user} -- "));
        format!(
            "{user}{program} -D {} -o '{}' -l {} -m immediate -w restart",
            self.path("data"),
            self.settings(),
            self.path("log")
        )
    }

    /// Stops it and removes what it left.
    pub(crate) async fn stop(self) -> Result<()> {
        self.run("pg_ctl", &["-D", &self.path("data"), "-m", "immediate", "-w", "stop"]).await?;
        std::fs::remove_dir_all(&self.folder)
            .with_context(|| format!("cannot remove {}", self.folder.display()))
    }

    fn settings(&self) -> String {
        let durability = match self.durability {
            Durability::Lost => " -c fsync=off -c full_page_writes=off",
            Durability::Kept => "",
        };
        format!(
            "-c listen_addresses=127.0.0.1 -c port={} -c unix_socket_directories= \
             -c max_connections={CONNECTIONS_MAX} -c shared_buffers=64MB{durability}",
            self.port
        )
    }

    fn path(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    async fn run(&self, name: &str, args: &[&str]) -> Result<()> {
        let program = self.binaries.join(name).display().to_string();
        match self.user {
            Some(user) => {
                let args = [&["-u", user, "--", &program], args].concat();
                self.quietly("runuser", &args, name).await
            }
            None => self.quietly(&program, args, name).await,
        }
    }

    async fn quietly(&self, program: &str, args: &[&str], what: &str) -> Result<()> {
        if Program::new(program, Path::new("/")).args(args).succeeds().await {
            return Ok(());
        }
        bail!("{what} failed; PostgreSQL's own words may be in {}", self.path("log"))
    }
}

/// The newest that is installed: on the path, or where Debian puts it.
fn binaries() -> Option<PathBuf> {
    let has_all =
        |folder: &Path| folder.join("initdb").is_file() && folder.join("pg_ctl").is_file();
    let on_path = tool::on_path(&["initdb"]).and_then(|file| Some(file.parent()?.to_owned()));
    let of_debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let of_debian = of_debian.filter_map(|entry| Some(entry.ok()?.path()));
    let version = |folder: &Path| folder.file_name()?.to_str()?.parse::<u32>().ok();
    let mut versions: Vec<PathBuf> = of_debian.collect();
    versions.sort_by_key(|folder| version(folder));
    let newest = versions.into_iter().rev().map(|folder| folder.join("bin"));
    on_path.into_iter().chain(newest).find(|folder| has_all(folder))
}

pub(crate) fn is_installed() -> bool {
    binaries().is_some()
}

/// Whom it runs as; none: whoever runs us.
async fn user(dir: &Path) -> Result<Option<&'static str>> {
    let holds = async |test: String| Program::new("sh", dir).args(["-c", &test]).succeeds().await;
    if !holds("test \"$(id -u)\" = 0".to_owned()).await {
        return Ok(None);
    }
    for user in ["postgres", "nobody"] {
        if holds(format!("id -u {user}")).await {
            return Ok(Some(user));
        }
    }
    bail!("PostgreSQL does not run as root, and there is neither a user `postgres` nor `nobody`")
}
