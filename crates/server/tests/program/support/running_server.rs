//! The real binary as a process: on a free port, with a folder of its own, its output read, and
//! ended for certain.
//!
//! Every server that a test has started must live until the test ends it and must not have
//! panicked; dropping it checks both.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// No start and no stop takes this long; a test that waits longer has found a hang.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks at a process that is about to end.
const LOOK: Duration = Duration::from_millis(5);

/// The rate limits that a server has by default, and a rate that no test reaches.
const LIMITED: [&str; 6] = ["LOGIN", "REGISTER", "BOOK", "PAY", "READ", "HANDSHAKE"];
const OFTEN: &str = "1000000/s";

/// How a server is started.
#[derive(Clone, Debug)]
pub struct Launch {
    folder: PathBuf,
    args: Vec<String>,
    settings: Vec<(String, String)>,
    open_files_max: Option<u32>,
    umask: Option<&'static str>,
    input: Option<String>,
}

/// A start that ended by itself.
#[derive(Debug)]
pub struct Ended {
    pub exit_code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

#[derive(Debug)]
pub struct RunningServer {
    child: Child,
    stderr: Arc<Mutex<String>>,
    readers: Vec<JoinHandle<()>>,
    scheme: String,
    pub port: u16,
}

impl Launch {
    /// On a free port, with its database in the folder, for a test that sends more requests than
    /// people do.
    pub fn bare(folder: &Path) -> Self {
        let often = |launch: Self, class: &&str| launch.setting(&format!("LIMIT_{class}"), OFTEN);
        LIMITED.iter().fold(Self::untouched(folder), often)
    }

    /// The same, with the default rate limits.
    pub fn untouched(folder: &Path) -> Self {
        let database = format!("sqlite://{}", folder.join("s.db").display());
        let (args, settings) = (Vec::new(), Vec::new());
        Self {
            folder: folder.to_owned(),
            args,
            settings,
            open_files_max: None,
            umask: None,
            input: None,
        }
        .setting("LISTEN", "localhost:0")
        .setting("DATABASE", &database)
    }

    /// Like [`Launch::bare`], but without the demo, with an administrator, and with no limit on a
    /// customer's unpaid seats.
    pub fn own(folder: &Path) -> Self {
        Self::bare(folder)
            .setting("SEATS_PER_CALLER", "100")
            .setting("DEMO", "false")
            .setting("ADMIN_EMAIL", super::world::ADMIN_EMAIL)
            .setting("ADMIN_PASSWORD", super::world::PASSWORD)
    }

    /// `SEATWIRE_<name>`; a later one replaces an earlier.
    pub fn setting(mut self, name: &str, value: &str) -> Self {
        let name = format!("SEATWIRE_{name}");
        self.settings.retain(|(known, _)| *known != name);
        self.settings.push((name, value.to_owned()));
        self
    }

    /// With a hard limit on what it may have open.
    pub fn open_files_max(self, open_files_max: u32) -> Self {
        Self { open_files_max: Some(open_files_max), ..self }
    }

    /// With these permissions removed from the files that it creates.
    pub fn umask(self, umask: &'static str) -> Self {
        Self { umask: Some(umask), ..self }
    }

    /// With this on its standard input.
    pub fn input(self, input: &str) -> Self {
        Self { input: Some(input.to_owned()), ..self }
    }

    pub fn arg(mut self, arg: &str) -> Self {
        self.args.push(arg.to_owned());
        self
    }

    /// Starts and waits for nothing.
    pub fn spawn(&self) -> Child {
        let program = env!("CARGO_BIN_EXE_seatwire");
        let limit = self.open_files_max.map(|limit| format!("ulimit -n {limit}"));
        let umask = self.umask.map(|umask| format!("umask {umask}"));
        let mut first: Vec<_> = [limit, umask].into_iter().flatten().collect();
        let mut command = if first.is_empty() {
            Command::new(program)
        } else {
            first.push("exec \"$0\" \"$@\"".to_owned());
            let mut shell = Command::new("sh");
            shell.args(["-c", &first.join(" && "), program]);
            shell
        };
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("SEATWIRE_") {
                command.env_remove(name);
            }
        }
        let stdin = if self.input.is_some() { Stdio::piped() } else { Stdio::null() };
        let mut child = command
            .args(&self.args)
            .envs(self.settings.iter().cloned())
            .current_dir(&self.folder)
            .stdin(stdin)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        if let (Some(input), Some(mut pipe)) = (&self.input, child.stdin.take()) {
            // If the process ends without reading, its output shows why.
            drop(pipe.write_all(input.as_bytes()));
        }
        child
    }

    /// Starts and waits for the line with the address.
    pub fn run(&self) -> RunningServer {
        let mut child = self.spawn();
        let stderr = Arc::new(Mutex::new(String::new()));
        let mut readers = vec![collect(child.stderr.take().expect("a pipe"), Arc::clone(&stderr))];
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut first = String::new();
        stdout.read_line(&mut first).expect("stdout can be read");
        let address = first.trim_end().strip_prefix("listening on ");
        let address = address.and_then(|address| address.split_once("://localhost:"));
        let address = address.and_then(|(scheme, port)| Some((scheme, port.parse().ok()?)));
        let Some((scheme, port)) = address else {
            let status = wait(&mut child);
            readers.drain(..).for_each(|reader| reader.join().expect("read to the end"));
            panic!("no address but {first:?}, {status:?}: {}", stderr.lock().expect("whole"));
        };
        // The pipe has to be read further, or the banner would fill it.
        readers.push(collect(stdout.into_inner(), Arc::default()));
        RunningServer { child, stderr, readers, scheme: scheme.to_owned(), port }
    }

    /// Starts a process that should end by itself.
    pub fn ended(&self) -> Ended {
        let mut child = self.spawn();
        let (stdout, stderr) = (Arc::default(), Arc::default());
        let readers = [
            collect(child.stdout.take().expect("a pipe"), Arc::clone(&stdout)),
            collect(child.stderr.take().expect("a pipe"), Arc::clone(&stderr)),
        ];
        let status = wait(&mut child);
        readers.into_iter().for_each(|reader| reader.join().expect("read to the end"));
        let text = |text: &Mutex<String>| text.lock().expect("whole").clone();
        Ended { exit_code: status.code(), stdout: text(&stdout), stderr: text(&stderr) }
    }
}

/// Reads a pipe to its end, and keeps what came.
fn collect(pipe: impl Read + Send + 'static, into: Arc<Mutex<String>>) -> JoinHandle<()> {
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
            let mut text = into.lock().expect("whole");
            writeln!(text, "{}", String::from_utf8_lossy(&line)).expect("into a string");
        }
    })
}

/// Waits for a process to end, and kills it when it does not.
fn wait(child: &mut Child) -> ExitStatus {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("the process can be asked") {
            return status;
        }
        if start.elapsed() > PATIENCE {
            drop(child.kill());
            let status = child.wait().expect("it ends");
            panic!("still running after {PATIENCE:?}; killed: {status}");
        }
        std::thread::sleep(LOOK);
    }
}

impl RunningServer {
    pub fn url(&self) -> String {
        format!("{}://localhost:{}", self.scheme, self.port)
    }

    /// How large its writes may make a file; `None` removes the limit.
    pub fn limit_file_size(&self, bytes: Option<u64>) {
        let limit = bytes.map_or_else(|| "unlimited".to_owned(), |bytes| bytes.to_string());
        let limited = Command::new("prlimit")
            .args(["--pid", &self.child.id().to_string(), &format!("--fsize={limit}:unlimited")])
            .status();
        assert!(limited.expect("prlimit runs (util-linux)").success());
    }

    /// Resident memory.
    pub fn rss_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.expect("a system that tells");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|rest| rest.trim().strip_suffix(" kB")?.parse().ok());
        kib.expect("a number of kB")
    }

    /// Its open file descriptors, connections among them.
    pub fn open_files(&self) -> usize {
        let folder = std::fs::read_dir(format!("/proc/{}/fd", self.child.id()));
        folder.expect("a system that tells").count()
    }

    /// How often threads of this name have run since they began; there must be some.
    pub fn runs_of_threads(&self, name: &str) -> u64 {
        self.sum_of_threads(name, |thread| {
            // Each run ends in one of these ways: the thread waits, or another one gets its core.
            let status = std::fs::read_to_string(thread.join("status")).unwrap_or_default();
            let switches = status.lines().filter_map(|line| line.split_once("_ctxt_switches:"));
            switches.filter_map(|(_, number)| number.trim().parse::<u64>().ok()).sum()
        })
    }

    /// For how many nanoseconds threads of this name have run.
    pub fn work_of_threads(&self, name: &str) -> u64 {
        self.sum_of_threads(name, |thread| {
            let schedstat = std::fs::read_to_string(thread.join("schedstat")).unwrap_or_default();
            schedstat.split_whitespace().next().and_then(|nanos| nanos.parse().ok()).unwrap_or(0)
        })
    }

    fn sum_of_threads(&self, name: &str, count: impl Fn(&Path) -> u64) -> u64 {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.child.id()));
        let tasks = tasks.expect("a system that tells").flatten().map(|task| task.path());
        let is_named = |task: &PathBuf| {
            std::fs::read_to_string(task.join("comm")).is_ok_and(|comm| comm.trim_end() == name)
        };
        let counts: Vec<_> = tasks.filter(is_named).map(|task| count(&task)).collect();
        assert!(!counts.is_empty(), "no thread is called {name}");
        counts.iter().sum()
    }

    /// What it has written to stderr.
    pub fn log(&self) -> String {
        self.stderr.lock().expect("whole").clone()
    }

    /// Asks it to stop, and does not wait.
    pub fn ask_to_stop(&self) {
        self.signal("-TERM");
    }

    /// Asks it to stop, as an operator or an orchestrator does.
    pub fn terminate(mut self) -> Ended {
        let kill = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(kill.expect("kill runs").success());
        let status = wait(&mut self.child);
        Ended { exit_code: status.code(), stdout: String::new(), stderr: self.stderr_whole() }
    }

    /// Sends SIGHUP: the terminal has gone, or something should be read again.
    pub fn hang_up(&self) {
        self.signal("-HUP");
    }

    /// Stops it completely until it is continued.
    pub fn pause(&self) {
        self.signal("-STOP");
    }

    pub fn go_on(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let kill = Command::new("kill").args([signal, &self.child.id().to_string()]).status();
        assert!(kill.expect("kill runs").success());
    }

    /// Ends it without a warning, like a power cut.
    pub fn kill(mut self) {
        self.child.kill().expect("it runs");
        wait(&mut self.child);
        self.stderr_whole();
    }

    fn stderr_whole(&mut self) -> String {
        self.readers.drain(..).for_each(|reader| reader.join().expect("read to the end"));
        self.log()
    }
}

impl Drop for RunningServer {
    fn drop(&mut self) {
        let was_told_to_end = self.readers.is_empty();
        let ended_before = self.child.try_wait().ok().flatten();
        drop(self.child.kill());
        drop(self.child.wait());
        let log = self.stderr_whole();
        if std::thread::panicking() {
            eprintln!("the server ended before: {ended_before:?}; its log:\n{log}");
        } else {
            assert!(was_told_to_end || ended_before.is_none(), "it ended by itself:\n{log}");
            assert!(!log.contains("panicked"), "it panicked:\n{log}");
        }
    }
}
